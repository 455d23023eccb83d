/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for long descriptors and their registers in debugfs.
 */
#ifndef __IO_PGTABLE_ARM_LPAE_WORDS_H
#define __IO_PGTABLE_ARM_LPAE_WORDS_H

#include <linux/array_size.h>
#include <linux/seq_buf.h>

#include "arm-lpae-geometry.h"

static const char *const lpae_sh_words[] = {
	"non-shareable", "reserved-shareability", "outer-shareable", "inner-shareable",
};

static const char *const lpae_rgn_words[] = {
	"non-cacheable", "write-back", "write-through", "write-back-no-write-allocate",
};

/* (V)TCR.TG0 and TCR.TG1, DDI0487 D24.2 */
static __maybe_unused const char *const lpae_tg0_words[] = { "4K", "64K", "16K", "reserved" };

/* Memory type of AttrIndx at stage 1 and of Mali, as lpae_attrindx() uses it */
static inline const char *lpae_memory_word(walk_desc desc)
{
	static const char *const words[] = {
		[LPAE_ATTR_NC]		= "non-cacheable",
		[LPAE_ATTR_CACHE]	= "write-back",
		[LPAE_ATTR_DEV]		= "device",
		[LPAE_ATTR_INC_OCACHE]	= "outer-wb",
	};
	unsigned int index = FIELD_GET(LPAE_S1_ATTRINDX, desc);

	return index < ARRAY_SIZE(words) ? words[index] : "reserved";
}

static inline void lpae_say_sh(walk_desc desc, struct io_pgtable_leaf *leaf)
{
	io_pgtable_leaf_say(leaf, lpae_sh_words[FIELD_GET(LPAE_SH, desc)]);
}

/* How the walker reads tables */
static inline void lpae_say_walks(struct seq_buf *text, unsigned int sh, unsigned int irgn,
				  unsigned int orgn)
{
	seq_buf_printf(text, "walks %s, inner %s, outer %s", lpae_sh_words[sh],
		       lpae_rgn_words[irgn], lpae_rgn_words[orgn]);
}

/* TCR.IPS and VTCR.PS: the reverse of lpae_ps() */
static inline unsigned int lpae_ps_bits(unsigned int ps)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 52, 0 };

	return bits[ps];
}

#endif /* __IO_PGTABLE_ARM_LPAE_WORDS_H */
