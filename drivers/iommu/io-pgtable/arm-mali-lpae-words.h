/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for Mali's page tables in debugfs.
 */
#ifndef __IO_PGTABLE_ARM_MALI_LPAE_WORDS_H
#define __IO_PGTABLE_ARM_MALI_LPAE_WORDS_H

#include "arm-lpae-words.h"

static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf)
{
	leaf->read = desc & LPAE_S2AP_READ;
	leaf->write = desc & LPAE_S2AP_WRITE;
	leaf->exec = !(desc & LPAE_MALI_XN);
	leaf->user = true;
	leaf->memory = lpae_memory_word(desc);
	lpae_say_sh(desc, leaf);
}

static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
{
	u64 transtab = cfg->arm_mali_lpae_cfg.transtab;

	seq_buf_printf(text, "TRANSTAB %#llx, reads %s; MEMATTR %#llx", transtab,
		       transtab & LPAE_MALI_SHARE_OUTER ? "outer-shareable" : "inner-shareable",
		       cfg->arm_mali_lpae_cfg.memattr);
}

#endif /* __IO_PGTABLE_ARM_MALI_LPAE_WORDS_H */
