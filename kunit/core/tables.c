// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of page tables in debugfs, independent of the format. The suite checks which tables
 * are listed, and the contents of the files for tables whose format cannot show descriptors, for
 * tables of layers, and for tables that are freed while a file is open. The conformance suites
 * check the files of formats that show descriptors.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/io-pgtable-format.h>
#include <linux/io-pgtable-inspect.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../core.h"
#include "../compat.h"

#define NAME	"kunit,listed"
/* Each table has a folder in debugfs, which takes long under KASAN. */
#define MANY	(IS_ENABLED(CONFIG_KASAN) ? 2000 : 10000)

/* Pages 3 to 5 are mapped to adjacent output addresses, page 9 elsewhere. A layer maps page 1. */
static phys_addr_t fake_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	switch (iova / SZ_4K) {
	case 3 ... 5:
		return SZ_1M + iova;
	case 9:
		return SZ_2M;
	}
	return 0;
}

static phys_addr_t layer_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	return iova / SZ_4K == 1 ? SZ_64K : 0;
}

static struct io_pgtable *fake_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop = kzalloc(sizeof(*iop), GFP_KERNEL);

	if (!iop)
		return ERR_PTR(-ENOMEM);
	iop->ops.iova_to_phys = fake_iova_to_phys;
	return iop;
}

static void fake_free(struct io_pgtable *iop)
{
	kfree(iop);
}

/* The table below the layer's table. The cases make only one at a time. */
static struct io_pgtable_ops *inner;

static struct io_pgtable *layer_alloc_over(const struct io_pgtable_below *below,
					   struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop = kzalloc(sizeof(*iop), GFP_KERNEL);

	if (!iop)
		return ERR_PTR(-ENOMEM);
	iop->ops.iova_to_phys = layer_iova_to_phys;
	inner = io_pgtable_alloc_below(below, cfg, cookie);
	if (!IS_ERR(inner))
		return iop;
	kfree(iop);
	return ERR_CAST(inner);
}

static void layer_free(struct io_pgtable *iop)
{
	free_io_pgtable_ops(inner);
	kfree(iop);
}

static struct io_pgtable_ops *layer_below(struct io_pgtable *iop)
{
	return inner;
}

static const struct io_pgtable_init_fns fake_fns = { .alloc = fake_alloc, .free = fake_free };
static struct io_pgtable_init_fns layer_fns = {
	.alloc_over = layer_alloc_over, .free = layer_free,
};

static struct io_pgtable_format fake, layer;

static int tables_init(struct kunit *test)
{
	fake = (struct io_pgtable_format){ .name = NAME, .fns = &fake_fns };
	layer = (struct io_pgtable_format){ .name = NAME, .priority = 1, .fns = &layer_fns };
	layer_fns.below = NULL;
	return io_pgtable_register_formats(&fake, 1);
}

static void tables_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&fake, 1), 0);
}

static struct io_pgtable *table_of(struct kunit *test, struct device *dev, unsigned int ias)
{
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = SZ_4K, .ias = ias, .oas = 32, .iommu_dev = dev,
	};
	struct io_pgtable_ops *ops = io_pgtable_alloc_named(NAME, &cfg, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ops));
	KUNIT_ASSERT_NOT_NULL(test, io_pgtable_listed_as(io_pgtable_ops_to_pgtable(ops)));
	return io_pgtable_ops_to_pgtable(ops);
}

static struct io_pgtable *table(struct kunit *test, unsigned int ias)
{
	return table_of(test, NULL, ias);
}

/* The device that walks a table may be unknown, or may not have a name yet. */
static void devices_without_a_name(struct kunit *test)
{
	struct device dev = { };
	struct io_pgtable *iop = table_of(test, &dev, 32);

	KUNIT_EXPECT_STREQ(test, io_pgtable_listed_as(iop)->device, "unnamed");
	free_io_pgtable_ops(&iop->ops);
	iop = table(test, 32);
	KUNIT_EXPECT_STREQ(test, io_pgtable_listed_as(iop)->device, "none");
	free_io_pgtable_ops(&iop->ops);
}

/* A reader of "map" */
struct reader {
	struct seq_file s;
	char buf[SZ_4K];
	loff_t pos;
	void *at;
};

static struct reader *open_map(struct kunit *test, struct io_pgtable *iop)
{
	struct reader *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->s.buf = r->buf;
	r->s.size = sizeof(r->buf);
	r->s.private = io_pgtable_dump_begin(iop);
	KUNIT_ASSERT_FALSE(test, IS_ERR(r->s.private));
	return r;
}

/* Read up to @lines lines. Return: all that has been read. */
static const char *read_map(struct reader *r, unsigned int lines)
{
	r->at = io_pgtable_dump_lines.start(&r->s, &r->pos);
	while (lines-- && r->at && !IS_ERR(r->at)) {
		io_pgtable_dump_lines.show(&r->s, r->at);
		r->at = io_pgtable_dump_lines.next(&r->s, r->at, &r->pos);
	}
	io_pgtable_dump_lines.stop(&r->s, r->at);
	return r->buf;
}

#define HEAD		"# first               last               output              leaf  prot  memory         attributes\n"

#define LINE_3_TO_5	"0x0000000000003000-0x0000000000005fff  0x0000000000103000    4K  ????  -              -\n"
#define LINE_9		"0x0000000000009000-0x0000000000009fff  0x0000000000200000    4K  ????  -              -\n"
#define LINE_OF_LAYER	"0x0000000000001000-0x0000000000001fff  0x0000000000010000    4K  ????  -              -\n"

static void formats_that_translate_are_asked(struct kunit *test)
{
	struct io_pgtable *iop = table(test, 32);
	struct reader *r = open_map(test, iop);

	KUNIT_EXPECT_STREQ(test, read_map(r, 10), HEAD LINE_3_TO_5 LINE_9);
	/* Read again from the beginning, and then from the middle. */
	r->s.count = 0;
	r->pos = 0;
	KUNIT_EXPECT_STREQ(test, (read_map(r, 1), r->buf[r->s.count] = '\0', r->buf), HEAD);
	r->s.count = 0;
	r->pos = 2;
	memset(r->buf, 0, sizeof(r->buf));
	KUNIT_EXPECT_STREQ(test, read_map(r, 10), LINE_9);
	io_pgtable_dump_end(r->s.private);
	free_io_pgtable_ops(&iop->ops);
}

/* "map" does not translate each page of a large address space, since that would take minutes. */
static void not_for_all_of_a_large_space(struct kunit *test)
{
	struct io_pgtable *iop;
	struct reader *r;

	if (!IS_ENABLED(CONFIG_64BIT))
		kunit_skip(test, "an unsigned long is too small for such an address space");
	iop = table(test, 48);
	r = open_map(test, iop);
	KUNIT_EXPECT_STREQ(test, read_map(r, 10),
			   HEAD "# this format cannot be looked into: write addresses to 'walk'\n");
	io_pgtable_dump_end(r->s.private);
	free_io_pgtable_ops(&iop->ops);
}

/*
 * "map" shows the table that has the descriptors, if the layer has a below() function. Otherwise
 * it shows the layer's own translations.
 */
static void table_below_a_layer_is_shown(struct kunit *test)
{
	struct io_pgtable *iop;
	struct reader *r;

	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	iop = table(test, 32);
	KUNIT_EXPECT_NULL(test, io_pgtable_listed_as(io_pgtable_ops_to_pgtable(inner)));
	KUNIT_EXPECT_EQ(test, io_pgtable_ops_to_pgtable(inner)->number, 0);
	r = open_map(test, iop);
	KUNIT_EXPECT_STREQ(test, read_map(r, 10), HEAD LINE_OF_LAYER);
	io_pgtable_dump_end(r->s.private);

	layer_fns.below = layer_below;
	r = open_map(test, iop);
	KUNIT_EXPECT_STREQ(test, read_map(r, 2), HEAD LINE_3_TO_5);
	io_pgtable_dump_end(r->s.private);
	free_io_pgtable_ops(&iop->ops);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
}

static struct dentry *folder_of(unsigned int number)
{
	struct dentry *top = debugfs_lookup("io-pgtable", NULL);
	struct dentry *tables = top ? debugfs_lookup("tables", top) : NULL, *found = NULL;
	char name[12];

	snprintf(name, sizeof(name), "%u", number);
	if (tables)
		found = debugfs_lookup(name, tables);
	dput(tables);
	dput(top);
	return found;
}

/*
 * The folder of a table appears and disappears with a delay.
 * Return: whether the folder exists, or does not, as wanted within a minute
 */
static bool folder_is_there(unsigned int number, bool wanted)
{
	unsigned int i;
	struct dentry *dir;

	for (i = 0; i < 3000; i++) {
		dir = folder_of(number);
		dput(dir);
		if (!!dir == wanted)
			return true;
		msleep(20);
	}
	return false;
}

/* The file says that the table was freed. Its folder remains until the reader closes the file. */
static void freed_while_it_is_read(struct kunit *test)
{
	struct io_pgtable *iop = table(test, 32);
	unsigned int number = iop->number;
	struct reader *r = open_map(test, iop);

	KUNIT_EXPECT_TRUE(test, folder_is_there(number, true));
	read_map(r, 1);
	free_io_pgtable_ops(&iop->ops);
	r->s.count = 0;
	memset(r->buf, 0, sizeof(r->buf));
	/* The line that has been read in advance, and the last line */
	KUNIT_EXPECT_STREQ(test, read_map(r, 10), LINE_3_TO_5 "# the table was freed\n");
	msleep(50);
	KUNIT_EXPECT_TRUE(test, folder_is_there(number, true));
	io_pgtable_dump_end(r->s.private);
	KUNIT_EXPECT_TRUE(test, folder_is_there(number, false));
}

static void many_tables(struct kunit *test)
{
	struct io_pgtable **iops = kunit_kcalloc(test, MANY, sizeof(*iops), GFP_KERNEL);
	unsigned int i, first, last;

	KUNIT_ASSERT_NOT_NULL(test, iops);
	for (i = 0; i < MANY; i++)
		iops[i] = table(test, 32);
	first = iops[0]->number;
	last = iops[MANY - 1]->number;
	KUNIT_EXPECT_EQ(test, last - first, MANY - 1);
	KUNIT_EXPECT_TRUE(test, folder_is_there(first, true));
	KUNIT_EXPECT_TRUE(test, folder_is_there(last, true));
	for (i = 0; i < MANY; i++)
		free_io_pgtable_ops(&iops[i]->ops);
	KUNIT_EXPECT_TRUE(test, folder_is_there(first, false));
	KUNIT_EXPECT_TRUE(test, folder_is_there(last, false));
}

/* Number of holds of the fake table, and number of looks at the table while it is held */
static int holders, looks;

static void fake_hold(struct io_pgtable *iop, bool hold)
{
	holders += hold ? 1 : -1;
}

static void fake_look(struct io_pgtable *iop, unsigned long iova, unsigned int level,
		      struct io_pgtable_view *view)
{
	*view = (struct io_pgtable_view){ .last = ULONG_MAX };
	looks += holders > 0;
}

static const struct io_pgtable_inspect fake_inspect = { .look = fake_look, .hold = fake_hold };

/*
 * A table is held while a reader has "map" open, and only then. If the table is freed meanwhile,
 * the reader does not release it.
 */
static void tables_are_held_while_they_are_read(struct kunit *test)
{
	static const struct io_pgtable_init_fns fns = {
		.alloc = fake_alloc, .free = fake_free, .inspect = &fake_inspect,
	};
	struct io_pgtable *iop;
	struct reader *r[2];

	holders = 0;
	looks = 0;
	fake.fns = &fns;
	iop = table(test, 48);
	KUNIT_EXPECT_EQ(test, holders, 0);
	r[0] = open_map(test, iop);
	KUNIT_EXPECT_EQ(test, holders, 1);
	r[1] = open_map(test, iop);
	KUNIT_EXPECT_EQ(test, holders, 2);
	read_map(r[0], 10);
	KUNIT_EXPECT_EQ(test, looks, 1);
	io_pgtable_dump_end(r[0]->s.private);
	KUNIT_EXPECT_EQ(test, holders, 1);
	free_io_pgtable_ops(&iop->ops);
	read_map(r[1], 10);
	io_pgtable_dump_end(r[1]->s.private);
	KUNIT_EXPECT_EQ(test, looks, 1);
	KUNIT_EXPECT_EQ(test, holders, 1);
}

static struct kunit_case tables_cases[] = {
	KUNIT_CASE(devices_without_a_name),
	KUNIT_CASE(formats_that_translate_are_asked),
	KUNIT_CASE(not_for_all_of_a_large_space),
	KUNIT_CASE(table_below_a_layer_is_shown),
	KUNIT_CASE(freed_while_it_is_read),
	KUNIT_CASE(tables_are_held_while_they_are_read),
	KUNIT_CASE_SLOW(many_tables),
	{ }
};

static struct kunit_suite tables_suite = {
	.name = "io-pgtable-tables",
	.init = tables_init,
	.exit = tables_exit,
	.test_cases = tables_cases,
};

kunit_test_suite(tables_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit tests of io-pgtable's tables in debugfs");
MODULE_LICENSE("GPL");
