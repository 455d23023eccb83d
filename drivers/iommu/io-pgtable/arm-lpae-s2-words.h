/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for LPAE stage 2 in debugfs.
 */
#ifndef __IO_PGTABLE_ARM_LPAE_S2_WORDS_H
#define __IO_PGTABLE_ARM_LPAE_S2_WORDS_H

#include "arm-lpae-words.h"

static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf)
{
	static const char *const memory[16] = {
		[0x1] = "device", [0x5] = "non-cacheable",
		[0x6] = "forced-wb", [0xf] = "write-back",
	};

	leaf->read = desc & LPAE_S2AP_READ;
	leaf->write = desc & LPAE_S2AP_WRITE;
	leaf->exec = !(desc & LPAE_S2_XN_ALL);
	leaf->user = true;
	leaf->memory = memory[FIELD_GET(LPAE_S2_MEMATTR, desc)] ?: "reserved";
	lpae_say_sh(desc, leaf);
}

static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
{
	const typeof(cfg->arm_lpae_s2_cfg.vtcr) *vtcr = &cfg->arm_lpae_s2_cfg.vtcr;

	seq_buf_printf(text, "VTTBR %#llx; VTCR tsz %u, sl %u, tg %s, ps %u bits, ",
		       cfg->arm_lpae_s2_cfg.vttbr, vtcr->tsz, vtcr->sl,
		       lpae_tg0_words[vtcr->tg], lpae_ps_bits(vtcr->ps));
	lpae_say_walks(text, vtcr->sh, vtcr->irgn, vtcr->orgn);
}

#endif /* __IO_PGTABLE_ARM_LPAE_S2_WORDS_H */
