// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable in debugfs: registered formats, and the tables and drivers that hold them.
 */
#include <kunit/visibility.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "core.h"

static const char *state_of(const struct io_pgtable_format *f)
{
	if (f->failed)
		return "failed";
#ifdef CONFIG_MODULES
	if (f->owner && !module_is_live(f->owner))
		return "going";
#endif
	return "ready";
}

static void show_number(struct seq_file *s, const struct io_pgtable_format *f)
{
	if (f->name)
		seq_puts(s, "  -   ");
	else
		seq_printf(s, "  %-4u", f->fmt);
}

/* A pin belongs to a driver or a table. Each driver in the list has one pin. */
static void show_format(struct seq_file *s, const struct io_pgtable_format *f)
{
	struct io_pgtable_holder *holder;
	int tables = atomic_read(&f->pins);

	list_for_each_entry(holder, &io_pgtable_holders, node)
		tables -= holder->format == f;
	seq_printf(s, "%-24s", f->id);
	show_number(s, f);
	seq_printf(s, "  %-24s  %8d  %-6s  %6d ", module_name(f->owner), f->priority, state_of(f),
		   tables);
	list_for_each_entry(holder, &io_pgtable_holders, node)
		if (holder->format == f)
			seq_printf(s, " %s", io_pgtable_device_name(holder->dev));
	seq_putc(s, '\n');
}

/* Does not allocate under the lock, since seq_file has allocated its buffer already. */
VISIBLE_IF_KUNIT int io_pgtable_formats_show(struct seq_file *s, void *unused)
{
	struct io_pgtable_format *f;

	seq_printf(s, "%-24s  %-4s  %-24s  %8s  %-6s  %6s  %s\n", "name", "fmt", "module",
		   "priority", "state", "tables", "drivers");
	raw_spin_lock(&io_pgtable_lock);
	list_for_each_entry(f, &io_pgtable_formats, node)
		show_format(s, f);
	raw_spin_unlock(&io_pgtable_lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_formats_show);
DEFINE_SHOW_ATTRIBUTE(io_pgtable_formats);

struct dentry *io_pgtable_debugfs;

static int __init io_pgtable_debugfs_init(void)
{
	io_pgtable_debugfs = debugfs_create_dir("io-pgtable", NULL);
	debugfs_create_file("formats", 0400, io_pgtable_debugfs, NULL, &io_pgtable_formats_fops);
	return 0;
}
postcore_initcall(io_pgtable_debugfs_init);
