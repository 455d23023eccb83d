// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of a page table's directory in debugfs.
 *
 * Each file is the result of many calls of look(). A call finds the entry at an address, and how
 * many similar entries follow. Between two calls, other code may map, unmap, or free the table.
 */
#include <kunit/visibility.h>
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/io-pgtable-format.h>
#include <linux/io-pgtable-inspect.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core.h"
#include "dump.h"

/* The maximum number of pages that are translated one by one, if a format has no inspect */
#define MAX_TRANSLATIONS	BIT(24)
/* The number of pages translated at once, with interrupts disabled */
#define TRANSLATIONS_AT_ONCE	64

#define ALL_LEVELS		UINT_MAX

/* Kind of the present line of a file */
enum line {
	LINE_HEAD,	/* names of columns */
	LINE_ITEM,
	LINE_TAIL,	/* why the list ends early */
	LINE_END,
};

struct dump;

/**
 * struct dump_list - a file with one line for each item
 * @next: finds the next item. Return: false if there is none.
 * @show_head: prints the names of the columns
 * @show: prints the item
 */
struct dump_list {
	bool (*next)(struct dump *d);
	void (*show_head)(struct seq_file *s);
	void (*show)(struct dump *d, struct seq_file *s);
};

/**
 * struct dump - a file that is being read
 * @l: its table
 * @list: what the file lists; NULL if it is no list
 * @first: first input address of the table
 * @last: last input address of the table
 * @granule: log2 of the table's smallest page size in bytes
 * @too_many: the format has no inspect, and too many pages to translate them one by one
 * @at: the next address to look at
 * @done: no more addresses to look at
 * @error: why the list ended early; 0 if it did not
 * @view: the result of the last look()
 * @text: the leaf found by the last look(), as text
 * @line: kind of the present line
 * @pos: number of the present line
 * @level: for "tables": the level whose tables are being listed
 * @deeper: for "tables": there are tables below that level
 * @table: for "tables": the present item
 * @start: for "tables": first input address of the present item
 * @used: for "tables": number of descriptors in the present item that are not 0
 * @range: for "map": the present item
 * @words: for "map": the present item as text
 * @leaves: for "info": number of leaves by the logarithm of their size
 * @groups: for "info": number of groups by the logarithm of their size
 */
struct dump {
	struct io_pgtable_listed *l;
	const struct dump_list *list;
	unsigned long first;
	unsigned long last;
	unsigned int granule;
	bool too_many;
	unsigned long at;
	bool done;
	int error;
	struct io_pgtable_view view;
	char text[128];
	enum line line;
	loff_t pos;
	unsigned int level;
	bool deeper;
	struct io_pgtable_step table;
	unsigned long start;
	unsigned int used;
	struct io_pgtable_view range;
	char words[128];
	u64 leaves[64];
	u64 groups[64];
};

/*
 * Tables and looks
 */

/* For io_pgtable_listed_open() and io_pgtable_listed_release() */
void io_pgtable_dump_hold(struct io_pgtable *iop, bool hold)
{
	const struct io_pgtable_inspect *inspect;

	iop = io_pgtable_with_descriptors(iop);
	inspect = iop->format->fns->inspect;
	if (inspect)
		inspect->hold(iop, hold);
}

/* Look by translation, for formats without inspect. Takes each leaf for a page of smallest size. */
static void look_by_translation(struct io_pgtable *iop, unsigned long iova, unsigned int shift,
				struct io_pgtable_view *view)
{
	unsigned int i = 1;
	u64 paddr;

	*view = (struct io_pgtable_view){ .shift = shift };
	view->first = iova & ~(BIT(shift) - 1);
	view->paddr = iop->ops.iova_to_phys(&iop->ops, view->first);
	view->seen = view->paddr ? IO_PGTABLE_SEEN_LEAF : IO_PGTABLE_SEEN_HOLE;
	for (; i < TRANSLATIONS_AT_ONCE && view->first + BIT(shift) * i > view->first; i++) {
		paddr = iop->ops.iova_to_phys(&iop->ops, view->first + BIT(shift) * i);
		if (paddr != (view->paddr ? view->paddr + BIT(shift) * i : 0))
			break;
	}
	view->last = view->first + BIT(shift) * i - 1;
}

/* Format a size, with the largest unit that divides it */
static const char *size_text(u64 size, char text[static 24])
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = size ? min(__ffs64(size) / 10, 6) : 0;

	snprintf(text, 24, "%llu%c", size >> (10 * unit), units[unit]);
	if (!unit)
		text[strlen(text) - 1] = '\0';
	return text;
}

static void leaf_text(const struct io_pgtable_view *view, bool known, struct seq_buf *text)
{
	const struct io_pgtable_leaf *leaf = &view->leaf;
	unsigned int i;

	if (known)
		seq_buf_printf(text, "%c%c%c%c", leaf->read ? 'r' : '-', leaf->write ? 'w' : '-',
			       leaf->exec ? 'x' : '-', leaf->user ? 'u' : '-');
	else
		seq_buf_puts(text, "????");
	seq_buf_printf(text, "  %-13s  ", leaf->memory ?: "-");
	for (i = 0; i < leaf->n; i++)
		seq_buf_printf(text, "%s%s", i ? ", " : "", leaf->words[i]);
	if (!leaf->n)
		seq_buf_puts(text, "-");
}

static int look_locked(struct dump *d, unsigned long iova, unsigned int level)
{
	const struct io_pgtable_inspect *inspect;
	struct io_pgtable *iop;
	struct seq_buf text;

	lockdep_assert_held(&d->l->lock);
	if (!d->l->iop)
		return -ENODEV;
	seq_buf_init(&text, d->text, sizeof(d->text));
	iop = io_pgtable_with_descriptors(d->l->iop);
	inspect = iop->format->fns->inspect;
	if (inspect)
		inspect->look(iop, iova, level, &d->view);
	else
		look_by_translation(iop, iova, d->granule, &d->view);
	/* Leaves are formatted under the lock, since the strings are in the format's module. */
	if (d->view.seen == IO_PGTABLE_SEEN_LEAF)
		leaf_text(&d->view, inspect, &text);
	return 0;
}

/* Look at @iova. Return: 0; -ENODEV if the table is freed; -EINTR if the reader is killed. */
static int look(struct dump *d, unsigned long iova, unsigned int level)
{
	int ret;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	scoped_guard(spinlock_irqsave, &d->l->lock)
		ret = look_locked(d, iova, level);
	return ret;
}

/* Look at the next address. Return: false at the end, and on errors. */
static bool look_on(struct dump *d, unsigned int level)
{
	if (d->done)
		return false;
	d->error = d->too_many ? -EFBIG : look(d, d->at, level);
	if (d->error)
		d->done = true;
	return !d->done;
}

static void go_on(struct dump *d)
{
	if (d->view.last >= d->last)
		d->done = true;
	else
		d->at = d->view.last + 1;
}

static void begin(struct dump *d)
{
	d->at = d->first;
	d->done = false;
	d->error = 0;
	d->line = LINE_HEAD;
	d->pos = 0;
	d->level = 0;
	d->deeper = false;
}

/*
 * The file "map"
 */

static bool goes_on(const struct io_pgtable_view *range, const struct io_pgtable_view *view)
{
	return range->last + 1 == view->first && range->shift == view->shift &&
	       range->attrs == view->attrs &&
	       range->paddr + (range->last - range->first) + 1 == view->paddr;
}

static bool next_range(struct dump *d)
{
	bool found = false;

	while (look_on(d, ALL_LEVELS)) {
		if (d->view.seen == IO_PGTABLE_SEEN_LEAF) {
			if (!found) {
				d->range = d->view;
				strscpy(d->words, d->text);
			} else if (goes_on(&d->range, &d->view)) {
				d->range.last = d->view.last;
			} else {
				break;
			}
			found = true;
		} else if (found) {
			break;
		}
		go_on(d);
	}
	return found;
}

static void show_map_head(struct seq_file *s)
{
	seq_printf(s, "# %-18s  %-17s  %-18s  %4s  %-4s  %-13s  %s\n", "first", "last", "output",
		   "leaf", "prot", "memory", "attributes");
}

static void show_range(struct dump *d, struct seq_file *s)
{
	const struct io_pgtable_view *r = &d->range;
	char size[24];

	seq_printf(s, "0x%016llx-0x%016llx  0x%016llx  %4s  %s\n", (u64)r->first,
		   (u64)min(r->last, d->last), r->paddr, size_text(BIT_ULL(r->shift), size),
		   d->words);
}

static const struct dump_list map_list = {
	.next = next_range, .show_head = show_map_head, .show = show_range,
};

/*
 * The file "tables"
 */

/* Whether @step is in the present table. Starts a new table if none has been found yet. */
static bool is_of_table(struct dump *d, const struct io_pgtable_step *step, bool found)
{
	if (found)
		return step->table == d->table.table;
	d->table = *step;
	d->start = d->view.first - ((u64)step->index << step->shift);
	d->used = 0;
	return true;
}

/* Find the next table of the present level */
static bool next_of_level(struct dump *d)
{
	const struct io_pgtable_step *step;
	bool found = false;

	while (look_on(d, d->level)) {
		if (!d->view.steps)
			break;
		step = &d->view.step[d->view.steps - 1];
		/* The level of the root may be larger than 0. */
		if (d->view.steps == 1)
			d->level = max(d->level, step->level);
		if (step->level == d->level) {
			if (!is_of_table(d, step, found))
				break;
			found = true;
			if (d->view.seen != IO_PGTABLE_SEEN_HOLE)
				d->used += ((u64)(d->view.last - d->view.first) >> step->shift) + 1;
			d->deeper |= d->view.seen == IO_PGTABLE_SEEN_TABLE;
		} else if (found) {
			break;
		}
		go_on(d);
	}
	return found;
}

static bool next_table(struct dump *d)
{
	while (!next_of_level(d)) {
		if (d->error || !d->deeper)
			return false;
		d->level++;
		d->deeper = false;
		d->at = d->first;
		d->done = false;
	}
	return true;
}

static void show_tables_head(struct seq_file *s)
{
	seq_printf(s, "%-5s  %-18s  %-19s  %5s  %5s\n", "level", "table", "first input address",
		   "used", "of");
}

static void show_table(struct dump *d, struct seq_file *s)
{
	seq_printf(s, "%-5u  0x%016llx  0x%016llx   %5u  %5u\n", d->table.level, d->table.table,
		   (u64)d->start, d->used, d->table.entries);
}

static const struct dump_list tables_list = {
	.next = next_table, .show_head = show_tables_head, .show = show_table,
};

/*
 * Both lists, line by line
 */

static void next_line(struct dump *d)
{
	d->pos++;
	if (d->line <= LINE_ITEM && d->list->next(d))
		d->line = LINE_ITEM;
	else if (d->line <= LINE_ITEM && d->error)
		d->line = LINE_TAIL;
	else
		d->line = LINE_END;
}

static void *line_or_end(struct dump *d)
{
	if (d->error == -EINTR)
		return ERR_PTR(-EINTR);
	return d->line == LINE_END ? NULL : d;
}

/* A reader with a full buffer continues at the same line. A seek may go to any line. */
static void *dump_start(struct seq_file *s, loff_t *pos)
{
	struct dump *d = s->private;

	if (!*pos || *pos < d->pos)
		begin(d);
	while (d->pos < *pos && line_or_end(d) == d)
		next_line(d);
	return line_or_end(d);
}

static void *dump_next(struct seq_file *s, void *v, loff_t *pos)
{
	struct dump *d = v;

	next_line(d);
	*pos = d->pos;
	return line_or_end(d);
}

static void dump_stop(struct seq_file *s, void *v)
{
}

static void show_error(struct seq_file *s, int error)
{
	if (error == -ENODEV)
		seq_puts(s, "# the table was freed\n");
	if (error == -EFBIG)
		seq_puts(s, "# this format cannot be looked into: write addresses to 'walk'\n");
}

static int dump_show(struct seq_file *s, void *v)
{
	struct dump *d = v;

	if (d->line == LINE_HEAD)
		d->list->show_head(s);
	else if (d->line == LINE_ITEM)
		d->list->show(d, s);
	else
		show_error(s, d->error);
	return 0;
}

VISIBLE_IF_KUNIT const struct seq_operations io_pgtable_dump_lines = {
	.start	= dump_start,
	.next	= dump_next,
	.stop	= dump_stop,
	.show	= dump_show,
};
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_dump_lines);

/*
 * The file "info"
 */

static const char *const quirks[] = {
	"ARM_NS", "NO_PERMS", NULL, "ARM_MTK_EXT", "ARM_MTK_TTBR_EXT", "ARM_TTBR1",
	"ARM_OUTER_WBWA", "ARM_HD", "ARM_S2FWB", "NO_WARN", [16] = "ARM_CONTIG", "NO_BBM",
	"ARM_CONTIG_RUNS",
};

static void show_quirks(struct seq_file *s, unsigned long bits)
{
	unsigned int bit;

	for_each_set_bit(bit, &bits, ARRAY_SIZE(quirks))
		if (quirks[bit])
			seq_printf(s, "%s ", quirks[bit]);
	seq_printf(s, "(%#lx)\n", bits);
}

static void show_sizes(struct seq_file *s, unsigned long sizes)
{
	unsigned int bit;
	char text[24];

	for_each_set_bit(bit, &sizes, BITS_PER_LONG)
		seq_printf(s, " %s", size_text(BIT_ULL(bit), text));
	seq_putc(s, '\n');
}

static void show_registers(struct seq_file *s, const struct io_pgtable *iop)
{
	const struct io_pgtable_inspect *inspect = iop->format->fns->inspect;
	struct seq_buf text;
	char line[256];

	if (!inspect)
		return;
	seq_buf_init(&text, line, sizeof(line));
	inspect->registers(&iop->cfg, &text);
	seq_printf(s, "registers:       %s\n", seq_buf_str(&text));
}

static void show_implementation(struct seq_file *s, const struct io_pgtable *top,
				const struct io_pgtable *iop)
{
	seq_printf(s, "format:          %s\n", iop->format->id);
	seq_printf(s, "implementation:  %s, priority %d\n", module_name(iop->format->owner),
		   iop->format->priority);
	if (top != iop)
		seq_printf(s, "on top of it:    %s\n", module_name(top->format->owner));
}

/* Print the configuration of the table below @top, or of @top if nothing is below */
static void show_cfg(struct seq_file *s, const struct dump *d, struct io_pgtable *top)
{
	const struct io_pgtable *iop = io_pgtable_with_descriptors(top);
	const struct io_pgtable_cfg *cfg = &iop->cfg;
	char text[24];

	show_implementation(s, top, iop);
	seq_printf(s, "device:          %s, driver %s\n", d->l->device, d->l->driver);
	seq_printf(s, "input:           %u bits, 0x%016llx to 0x%016llx\n", cfg->ias,
		   (u64)d->first, (u64)d->last);
	seq_printf(s, "output:          %u bits\n", cfg->oas);
	seq_printf(s, "granule:         %s\n", size_text(BIT_ULL(d->granule), text));
	seq_puts(s, "page sizes:     ");
	show_sizes(s, cfg->pgsize_bitmap);
	seq_puts(s, "quirks:          ");
	show_quirks(s, cfg->quirks);
	seq_printf(s, "coherent walk:   %s\n", cfg->coherent_walk ? "yes" : "no");
	show_registers(s, iop);
}

/* Print number and size of the tables of each level */
static void show_levels(struct seq_file *s, struct dump *d)
{
	u64 bytes = 0, of_level = 0, most = 0;
	unsigned int n = 0, all = 0, level;
	bool more;
	char text[24];

	begin(d);
	more = next_table(d);
	level = d->table.level;
	while (more) {
		n++;
		of_level += d->table.size;
		more = next_table(d);
		if (more && d->table.level == level)
			continue;
		seq_printf(s, "level %u:         %u, %s\n", level, n, size_text(of_level, text));
		bytes += of_level;
		all += n;
		n = 0;
		of_level = 0;
		level = d->table.level;
	}
	scoped_guard(spinlock_irqsave, &d->l->lock) {
		most = max(d->l->most, bytes);
		d->l->most = most;
	}
	if (!all)
		return;
	seq_printf(s, "all tables:      %u, %s", all, size_text(bytes, text));
	seq_printf(s, ", most seen %s\n", size_text(most, text));
}

/* Print the number of leaves and groups, by size */
static void show_mapped(struct seq_file *s, struct dump *d)
{
	u64 *leaves = d->leaves, *groups = d->groups, n;
	unsigned int shift;
	char text[24];

	memset(d->leaves, 0, sizeof(d->leaves));
	memset(d->groups, 0, sizeof(d->groups));
	begin(d);
	while (next_range(d)) {
		shift = d->range.shift;
		n = ((u64)(d->range.last - d->range.first) >> shift) + 1;
		leaves[shift] += n;
		if (d->range.group)
			groups[shift + d->range.group] += n >> d->range.group;
	}
	for (shift = 0; shift < 64; shift++)
		if (leaves[shift]) {
			seq_printf(s, "leaves of %-5s  ", size_text(BIT_ULL(shift), text));
			seq_printf(s, "%llu, %s\n", leaves[shift],
				   size_text(leaves[shift] << shift, text));
		}
	for (shift = 0; shift < 64; shift++)
		if (groups[shift])
			seq_printf(s, "groups of %-5s  %llu\n", size_text(BIT_ULL(shift), text),
				   groups[shift]);
}

static int info_show(struct seq_file *s, void *unused)
{
	struct dump *d = s->private;

	scoped_guard(spinlock_irqsave, &d->l->lock)
		if (d->l->iop)
			show_cfg(s, d, d->l->iop);
	show_levels(s, d);
	if (!d->error)
		show_mapped(s, d);
	show_error(s, d->error);
	return d->error == -EINTR ? -EINTR : 0;
}

/*
 * The file "walk"
 */

static const char *const seen_text[] = {
	[IO_PGTABLE_SEEN_HOLE] = "nothing",
	[IO_PGTABLE_SEEN_LEAF] = "leaf",
	[IO_PGTABLE_SEEN_TABLE] = "table",
};

static void show_steps(struct seq_file *s, struct dump *d, u64 iova)
{
	const struct io_pgtable_view *view = &d->view;
	const struct io_pgtable_step *step;
	unsigned int i;
	char text[24];

	seq_printf(s, "%-5s  %-18s  %5s  %-18s\n", "level", "table", "index", "descriptor");
	for (i = 0; i < view->steps; i++) {
		step = &view->step[i];
		seq_printf(s, "%-5u  0x%016llx  %5u  0x%016llx  %s", step->level, step->table,
			   step->index, step->desc,
			   seen_text[i + 1 < view->steps ? IO_PGTABLE_SEEN_TABLE : view->seen]);
		if (i + 1 == view->steps && view->seen == IO_PGTABLE_SEEN_LEAF)
			seq_printf(s, " %s  %s", size_text(BIT_ULL(view->shift), text), d->text);
		seq_putc(s, '\n');
	}
	if (view->seen == IO_PGTABLE_SEEN_LEAF)
		seq_printf(s, "0x%016llx -> 0x%016llx\n", iova,
			   view->paddr + (iova - view->first));
	else
		seq_printf(s, "0x%016llx -> nothing\n", iova);
}

static int walk_show(struct seq_file *s, void *unused)
{
	struct dump *d = s->private;
	u64 iova;
	int ret;

	scoped_guard(spinlock_irqsave, &d->l->lock)
		iova = d->l->asked;
	if (iova < d->first || iova > d->last) {
		seq_printf(s, "0x%016llx is not an input address of this table\n", iova);
		return 0;
	}
	ret = look(d, iova, ALL_LEVELS);
	show_error(s, ret);
	if (!ret)
		show_steps(s, d, iova);
	return ret == -EINTR ? ret : 0;
}

static ssize_t walk_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	struct dump *d = ((struct seq_file *)file->private_data)->private;
	u64 iova;
	int ret = kstrtou64_from_user(from, size, 0, &iova);

	if (ret)
		return ret;
	scoped_guard(spinlock_irqsave, &d->l->lock)
		d->l->asked = iova;
	return size;
}

/*
 * Opening and releasing files
 */

/* Set the input addresses of a table */
static void dump_limits(struct dump *d, const struct io_pgtable *iop)
{
	const struct io_pgtable_cfg *cfg = &iop->cfg;
	unsigned int ias = min(cfg->ias, BITS_PER_LONG);

	d->first = cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ? ~0ULL << ias : 0;
	d->last = d->first + (ias < BITS_PER_LONG ? BIT(ias) - 1 : ULONG_MAX);
	d->granule = cfg->pgsize_bitmap ? __ffs(cfg->pgsize_bitmap) : PAGE_SHIFT;
	d->too_many = !iop->format->fns->inspect &&
		      (d->last - d->first) >> d->granule >= MAX_TRANSLATIONS;
}

/* @list is NULL if the file is no list. */
static struct dump *dump_new(struct io_pgtable_listed *l, const struct dump_list *list)
{
	struct dump *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int ret;

	if (!d)
		return ERR_PTR(-ENOMEM);
	d->l = l;
	d->list = list;
	ret = io_pgtable_listed_open(l);
	if (ret) {
		kfree(d);
		return ERR_PTR(ret);
	}
	/* If the table has been freed by now, the first look() reports this. */
	scoped_guard(spinlock_irqsave, &l->lock)
		if (l->iop)
			dump_limits(d, io_pgtable_with_descriptors(l->iop));
	begin(d);
	return d;
}

static void dump_free(struct dump *d)
{
	io_pgtable_listed_release(d->l);
	kfree(d);
}

static int open_lines(struct inode *inode, struct file *file, const struct dump_list *list)
{
	struct dump *d = dump_new(inode->i_private, list);
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = seq_open(file, &io_pgtable_dump_lines);
	if (ret)
		dump_free(d);
	else
		((struct seq_file *)file->private_data)->private = d;
	return ret;
}

static int map_open(struct inode *inode, struct file *file)
{
	return open_lines(inode, file, &map_list);
}

static int tables_open(struct inode *inode, struct file *file)
{
	return open_lines(inode, file, &tables_list);
}

static int lines_release(struct inode *inode, struct file *file)
{
	dump_free(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}

static int open_whole(struct inode *inode, struct file *file,
		      int (*show)(struct seq_file *s, void *unused))
{
	struct dump *d = dump_new(inode->i_private, NULL);
	int ret;

	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = single_open(file, show, d);
	if (ret)
		dump_free(d);
	return ret;
}

static int info_open(struct inode *inode, struct file *file)
{
	return open_whole(inode, file, info_show);
}

static int walk_open(struct inode *inode, struct file *file)
{
	return open_whole(inode, file, walk_show);
}

static int whole_release(struct inode *inode, struct file *file)
{
	dump_free(((struct seq_file *)file->private_data)->private);
	return single_release(inode, file);
}

static const struct file_operations map_fops = {
	.owner = THIS_MODULE, .open = map_open, .read = seq_read, .llseek = seq_lseek,
	.release = lines_release,
};

static const struct file_operations tables_fops = {
	.owner = THIS_MODULE, .open = tables_open, .read = seq_read, .llseek = seq_lseek,
	.release = lines_release,
};

static const struct file_operations info_fops = {
	.owner = THIS_MODULE, .open = info_open, .read = seq_read, .llseek = seq_lseek,
	.release = whole_release,
};

static const struct file_operations walk_fops = {
	.owner = THIS_MODULE, .open = walk_open, .read = seq_read, .write = walk_write,
	.llseek = seq_lseek, .release = whole_release,
};

/* Create the files in a table's directory. Context: may sleep. */
void io_pgtable_dump_files(struct io_pgtable_listed *l, struct dentry *dir)
{
	debugfs_create_file("info", 0400, dir, l, &info_fops);
	debugfs_create_file("map", 0400, dir, l, &map_fops);
	debugfs_create_file("tables", 0400, dir, l, &tables_fops);
	debugfs_create_file("walk", 0600, dir, l, &walk_fops);
}

#if IS_ENABLED(CONFIG_KUNIT)
/* Open the file "map" of a table. Return: what seq_file needs as private data; or ERR_PTR. */
void *io_pgtable_dump_begin(struct io_pgtable *iop)
{
	return dump_new(io_pgtable_listed_as(iop), &map_list);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_dump_begin);

void io_pgtable_dump_end(void *dump)
{
	dump_free(dump);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_dump_end);
#endif
