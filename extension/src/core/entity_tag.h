/*
 * entity_tag.h
 *		Lists of entity tags, as If-Match and If-None-Match bring them. Pure:
 *		no server header. Source: RFC 9110 8.8.3 and 13.1.
 */
#ifndef VEZA_ENTITY_TAG_H
#define VEZA_ENTITY_TAG_H

/* How a list stands to a tag. */
typedef enum VzTagList
{
	VZ_TAGS_NAME_IT,			/* the tag is in the list */
	VZ_TAGS_ANY,				/* the list is *: whatever is there */
	VZ_TAGS_NAME_OTHERS,
	VZ_TAGS_BROKEN				/* this is no list of tags */
} VzTagList;

/*
 * Judges the list against what stands between the quotes of a tag. A tag that
 * a proxy has weakened (W/"a") or marked ("a-gzip") still names a, and so does
 * one that says more behind a dot ("a.digest"): the version is the same.
 */
extern VzTagList vz_tags_judge(const char *list, const char *tag);

#endif							/* VEZA_ENTITY_TAG_H */
