// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: debugfs shows of a table what the judge finds there, column by column.
 */
#include <linux/io-pgtable-format.h>
#include <linux/io-pgtable-inspect.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>

#include "../../core.h"
#include "conformance.h"

/* Return: the word that formats print for an attribute byte of MAIR_EL1 */
const char *conf_memory_word(u8 attributes)
{
	switch (attributes) {
	case 0x04:
		return "device";
	case 0x44:
		return "non-cacheable";
	case 0xff:
		return "write-back";
	}
	return "reserved";
}
EXPORT_SYMBOL_GPL(conf_memory_word);

/* Return: whether the format lets its tables be inspected, and the judge can check the result */
bool conf_can_dump(const struct conf_fixture *f)
{
	struct io_pgtable *iop = io_pgtable_ops_to_pgtable(f->ops);

	return io_pgtable_listed_as(iop) && f->claims->judge && f->claims->judge->words &&
	       io_pgtable_with_descriptors(iop)->format->fns->inspect;
}

#ifdef CONFIG_IOMMU_IO_PGTABLE_TABLES
static bool parse(const char *line, struct conf_range *range)
{
	char leaf[8];
	const char *words;
	int at = 0;

	if (sscanf(line, "%llx-%llx %llx %7s %n", &range->first, &range->last, &range->pa, leaf,
		   &at) != 4 || !at)
		return false;
	range->leaf = memparse(leaf, NULL);
	words = line + at;
	strscpy(range->words, words);
	range->words[strcspn(range->words, "\n")] = '\0';
	return true;
}

/*
 * Read "map" with a buffer that is full after each line, and call @visit for each line.
 * Return: 0; -EPROTO if a line is no range, or @visit has returned false.
 */
int conf_dump_ranges(struct conf_fixture *f, bool (*visit)(struct conf_fixture *f,
							   const struct conf_range *range,
							   void *data), void *data)
{
	const struct seq_operations *lines = &io_pgtable_dump_lines;
	char buf[256];
	struct seq_file s = { .buf = buf, .size = sizeof(buf) };
	struct conf_range range;
	int ret = 0;
	loff_t pos;
	void *v;

	s.private = io_pgtable_dump_begin(io_pgtable_ops_to_pgtable(f->ops));
	if (IS_ERR(s.private))
		return PTR_ERR(s.private);
	for (pos = 0; !ret; pos++) {
		v = lines->start(&s, &pos);
		if (!v)
			break;
		s.count = 0;
		memset(buf, 0, sizeof(buf));
		if (IS_ERR(v))
			ret = PTR_ERR(v);
		else if (lines->show(&s, v) || seq_has_overflowed(&s))
			ret = -EPROTO;
		else if (*buf != '#' && (!parse(buf, &range) || !visit(f, &range, data)))
			ret = -EPROTO;
		lines->stop(&s, v);
	}
	io_pgtable_dump_end(s.private);
	return ret;
}
#else
int conf_dump_ranges(struct conf_fixture *f, bool (*visit)(struct conf_fixture *f,
							   const struct conf_range *range,
							   void *data), void *data)
{
	return -EOPNOTSUPP;
}
#endif
EXPORT_SYMBOL_GPL(conf_dump_ranges);

/* State of the comparison of a whole dump with the table */
struct comparison {
	struct kunit *test;
	struct conf_range before;
	u64 descs;
};

/* Lines are sorted by address. Two adjacent lines differ in more than the address. */
static void compare_with_line_before(struct comparison *c, const struct conf_range *range)
{
	const struct conf_range *before = &c->before;
	bool one_line;

	if (!before->leaf)
		return;
	KUNIT_ASSERT_GT(c->test, range->first, before->last);
	one_line = range->first == before->last + 1 &&
		   range->pa == before->pa + (range->first - before->first) &&
		   range->leaf == before->leaf && !strcmp(range->words, before->words);
	KUNIT_ASSERT_FALSE(c->test, one_line);
}

static bool compare_range(struct conf_fixture *f, const struct conf_range *range, void *data)
{
	const struct conf_judge *judge = f->claims->judge;
	struct comparison *c = data;
	struct conf_result r;
	char words[96];
	u64 at, size, left = range->last - range->first + 1;

	compare_with_line_before(c, range);
	for (at = range->first; left; at += size, left -= size) {
		r = conf_walk(f, at);
		KUNIT_ASSERT_EQ(c->test, r.fault, CONF_FOUND);
		KUNIT_ASSERT_EQ(c->test, r.pa, range->pa + (at - range->first));
		judge->words(f, at, words, sizeof(words));
		KUNIT_ASSERT_STREQ(c->test, range->words, words);
		/* The dump shows each leaf of a contiguous group as a leaf. */
		size = strstr(words, "contiguous") ? BIT_ULL(judge->shift(f, r.level)) : r.size;
		KUNIT_ASSERT_EQ(c->test, range->leaf, size);
		KUNIT_ASSERT_TRUE(c->test, IS_ALIGNED(at, size));
		KUNIT_ASSERT_LE(c->test, size, left);
		c->descs += size >> judge->shift(f, r.level);
	}
	c->before = *range;
	return true;
}

/* The dump shows all mappings that the judge finds, with their properties, and no others. */
void conf_expect_dump(struct conf_fixture *f)
{
	struct comparison *c;

	if (!conf_can_dump(f))
		return;
	c = kunit_kzalloc(f->test, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(f->test, c);
	c->test = f->test;
	KUNIT_ASSERT_EQ(f->test, conf_dump_ranges(f, compare_range, c), 0);
	KUNIT_EXPECT_EQ(f->test, c->descs, conf_count_leaves(f));
	kunit_kfree(f->test, c);
}
EXPORT_SYMBOL_GPL(conf_expect_dump);

static struct conf_fixture *table_to_dump(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);

	if (!conf_can_dump(f))
		kunit_skip(test, "debugfs does not show the tables of this format");
	return f;
}

/* Dump an empty table, one with a page of each size and each protection, and an empty one again. */
static void dump_shows_what_is_there(struct kunit *test)
{
	struct conf_fixture *f = table_to_dump(test);
	unsigned int i, prot;
	u64 size, iova;

	conf_expect_dump(f);
	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (prot = 0; prot < 64; prot++) {
			iova = conf_base(f) + (prot + 1) * size;
			if (!(prot & PROT_RW) || (prot + 2) * size > conf_space(f) ||
			    size > BIT_ULL(f->cfg.oas) / 2)
				continue;
			conf_map_ok(f, iova, prot & 1 ? conf_some_pa(f, size) : 0, size, 1, prot);
		}
		conf_expect_dump(f);
		for (prot = 0; prot < 64; prot++) {
			iova = conf_base(f) + (prot + 1) * size;
			if (conf_walk(f, iova).fault == CONF_FOUND)
				conf_unmap_ok(f, iova, size, 1);
		}
		conf_expect_dump(f);
	}
}

/* Dump the first and the last page of the address space. */
static void dump_reaches_both_ends(struct kunit *test)
{
	struct conf_fixture *f = table_to_dump(test);
	u64 size = conf_pgsize(f, 0);

	conf_map_ok(f, conf_base(f), 0, size, 1, PROT_RW);
	conf_map_ok(f, conf_last(f) - (size - 1), size, size, 1, PROT_SOME);
	conf_expect_dump(f);
}

/* look() returns the same descriptors on the way to an address as the judge's walk. */
static void look_passes_the_descriptors(struct kunit *test)
{
	struct conf_fixture *f = table_to_dump(test);
	const struct conf_judge *judge = f->claims->judge;
	struct io_pgtable *iop = io_pgtable_with_descriptors(io_pgtable_ops_to_pgtable(f->ops));
	const struct io_pgtable_inspect *inspect = iop->format->fns->inspect;
	struct io_pgtable_view *view = kunit_kzalloc(test, sizeof(*view), GFP_KERNEL);
	const struct io_pgtable_step *step;
	u64 size = conf_pgsize(f, 0), iova;
	struct conf_result r;
	unsigned int i;
	u64 desc, ignored = judge->may_change ? judge->may_change(f) : 0;

	KUNIT_ASSERT_NOT_NULL(test, view);
	conf_map_ok(f, conf_base(f) + size, size, size, 2, PROT_SOME);
	inspect->hold(iop, true);
	for (iova = 0; iova < 4 * size && iova < conf_space(f); iova += size) {
		inspect->look(iop, conf_base(f) + iova, UINT_MAX, view);
		r = conf_walk(f, conf_base(f) + iova);
		step = &view->step[view->steps - 1];
		KUNIT_ASSERT_EQ(test, step->level, r.level);
		KUNIT_EXPECT_EQ(test, step->desc | ignored, r.desc | ignored);
		KUNIT_EXPECT_EQ(test, step->table + step->index * judge->desc_size, r.desc_pa);
		for (i = 0; i < view->steps; i++) {
			step = &view->step[i];
			KUNIT_EXPECT_EQ(test, step->level, judge->start_level(f) + i);
			KUNIT_EXPECT_EQ(test, step->shift, judge->shift(f, step->level));
			KUNIT_ASSERT_TRUE(test, conf_read(f, step->table + step->index *
							  judge->desc_size, &desc));
			/* The walker may see an old value of the bits that software uses. */
			KUNIT_EXPECT_EQ(test, step->desc | ignored, desc | ignored);
		}
	}
	inspect->hold(iop, false);
}

/*
 * "info" has the registers, one of which has the address of the root table beside other fields. A
 * register may have the address without its low bits.
 */
static void info_has_the_root(struct kunit *test)
{
	struct conf_fixture *f = table_to_dump(test);
	struct io_pgtable *iop = io_pgtable_with_descriptors(io_pgtable_ops_to_pgtable(f->ops));
	u64 root = f->claims->judge->root(f), address = GENMASK_ULL(31, 14), value;
	struct seq_buf text;
	bool found = false;
	unsigned int shift;
	char buf[256], *rest = buf, *word;

	seq_buf_init(&text, buf, sizeof(buf));
	iop->format->fns->inspect->registers(&iop->cfg, &text);
	KUNIT_ASSERT_FALSE(test, seq_buf_has_overflowed(&text));
	kunit_info(test, "%s", seq_buf_str(&text));
	while ((word = strsep(&rest, " ,;")))
		for (shift = 0; !kstrtou64(word, 0, &value) && shift <= 12; shift++)
			found |= !((value << shift ^ root) & address);
	KUNIT_EXPECT_TRUE_MSG(test, found, "there is no root table at %#llx", root);
}

const struct kunit_case conformance_dump[] = {
	CONFORMANCE_CASE(dump_shows_what_is_there, all),
	CONFORMANCE_CASE(dump_reaches_both_ends, all),
	CONFORMANCE_CASE(look_passes_the_descriptors, all),
	CONFORMANCE_CASE(info_has_the_root, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_dump);

IMPORT_EXPORTED_FOR_KUNIT();
