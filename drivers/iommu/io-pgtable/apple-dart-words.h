/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for Apple DART page tables in debugfs. Part of apple-dart.c.
 */

static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf)
{
	bool first = kind.ext == DART1;

	leaf->read = !(desc & (first ? DART1_NO_READ : DART2_NO_READ));
	leaf->write = !(desc & (first ? DART1_NO_WRITE : DART2_NO_WRITE));
	if (!first)
		leaf->memory = desc & DART2_NO_CACHE ? "non-cacheable" : "cacheable";
}

static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
{
	unsigned int i;

	seq_buf_printf(text, "levels %u, TTBR", cfg->apple_dart_cfg.n_levels);
	for (i = 0; i < cfg->apple_dart_cfg.n_ttbrs; i++)
		seq_buf_printf(text, " %#llx", cfg->apple_dart_cfg.ttbr[i]);
}
