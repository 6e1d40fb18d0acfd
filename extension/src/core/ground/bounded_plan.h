/*
 * bounded_plan.h
 *		Statements that look at a bounded number of rows are planned for that:
 *		by indexes, row by row, and with bitmaps that know each row. The planner
 *		guesses too high how often unknown words stand there, and would read
 *		whole tables instead.
 */
#ifndef VEZA_BOUNDED_PLAN_H
#define VEZA_BOUNDED_PLAN_H

/* Until the level that it returns ends, or the transaction is rolled back. */
extern int	vz_plan_bounded(void);
extern void vz_plan_as_before(int level);

#endif							/* VEZA_BOUNDED_PLAN_H */
