/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of a format without groups.
 */
#ifndef __IO_PGTABLE_WALK_NO_GROUPS_H
#define __IO_PGTABLE_WALK_NO_GROUPS_H

#include <linux/io-pgtable-walk/format.h>

static inline unsigned int fmt_group_bits(struct walk_kind kind, bool page)
{
	return 0;
}

static inline walk_desc fmt_group_attrs(walk_desc attrs, bool page)
{
	return attrs;
}

static inline walk_desc fmt_ungroup(struct walk_kind kind, walk_desc desc, bool page)
{
	return desc;
}

static inline bool fmt_is_group(walk_desc desc, bool page)
{
	return false;
}

#endif /* __IO_PGTABLE_WALK_NO_GROUPS_H */
