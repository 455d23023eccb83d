/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for LPAE stage 1 in debugfs.
 */
#ifndef __IO_PGTABLE_ARM_LPAE_S1_WORDS_H
#define __IO_PGTABLE_ARM_LPAE_S1_WORDS_H

#include "arm-lpae-words.h"

static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf)
{
	leaf->read = true;
	leaf->write = !(desc & LPAE_S1_AP_RDONLY) || (desc & LPAE_DBM);
	leaf->exec = !(desc & LPAE_S1_PXN) || !(desc & LPAE_S1_UXN);
	leaf->user = desc & LPAE_S1_AP_UNPRIV;
	leaf->memory = lpae_memory_word(desc);
	lpae_say_sh(desc, leaf);
	if (desc & LPAE_S1_NG)
		io_pgtable_leaf_say(leaf, "not-global");
	if (desc & LPAE_S1_NS)
		io_pgtable_leaf_say(leaf, "non-secure");
}

static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
{
	static const char *const tg1[] = { "reserved", "16K", "4K", "64K" };
	const typeof(cfg->arm_lpae_s1_cfg.tcr) *tcr = &cfg->arm_lpae_s1_cfg.tcr;
	bool upper = cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1;

	seq_buf_printf(text, "TTBR%u %#llx; TCR tsz %u, tg %s, ips %u bits, ", upper,
		       cfg->arm_lpae_s1_cfg.ttbr, tcr->tsz,
		       upper ? tg1[tcr->tg] : lpae_tg0_words[tcr->tg], lpae_ps_bits(tcr->ips));
	lpae_say_walks(text, tcr->sh, tcr->irgn, tcr->orgn);
	seq_buf_printf(text, "; MAIR %#llx", cfg->arm_lpae_s1_cfg.mair);
}

#endif /* __IO_PGTABLE_ARM_LPAE_S1_WORDS_H */
