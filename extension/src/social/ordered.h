/*
 * ordered.h
 *		Statements that walk an index in the order of their rows.
 *
 * A plan that is made once knows what most users have, and for them reading
 * all rows and sorting them is as good. Of somebody who has a hundred
 * thousand, that takes seconds. Between the two calls a sort costs more than
 * any walk of an index, when a statement is planned.
 */
#ifndef VEZA_SOCIAL_ORDERED_H
#define VEZA_SOCIAL_ORDERED_H

/* Begins; what it returns ends it. An error ends it, too. */
extern int	vz_ordered_begin(void);
extern void vz_ordered_end(int level);

#endif							/* VEZA_SOCIAL_ORDERED_H */
