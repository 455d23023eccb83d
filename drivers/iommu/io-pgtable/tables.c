// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables in debugfs: their entries, and a folder for each. What the files say is in dump.c.
 *
 * A table may be made and freed at any time, also where nobody may sleep. Folders come and go in a
 * work of their own: a table that is freed soon never has one. The entry of a table stays for as
 * long as one of its files is open.
 */
#include <kunit/visibility.h>
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/io-pgtable-format.h>
#include <linux/init.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "core.h"
#include "dump.h"

/*
 * Entries of tables that are not freed, by number, for debuggers, too: struct io_pgtable has no
 * room for a pointer.
 */
DEFINE_XARRAY_FLAGS(io_pgtable_tables, XA_FLAGS_LOCK_IRQ);

static struct dentry *tables_dir;

static void make_folder(struct io_pgtable_listed *l)
{
	char name[12];

	snprintf(name, sizeof(name), "%u", l->number);
	l->dir = debugfs_create_dir(name, tables_dir);
	io_pgtable_dump_files(l, l->dir);
}

/* Make an entry what it should be: one with a folder, or nothing. */
static void settle(struct work_struct *work)
{
	struct io_pgtable_listed *l = container_of(work, struct io_pgtable_listed, work);
	bool gone, last;

	scoped_guard(spinlock_irqsave, &l->lock) {
		gone = !l->iop;
		/* Who queues this again does so under the lock, and not after the last one. */
		last = gone && !l->opens && !work_pending(work);
	}
	if (!gone && !l->dir)
		make_folder(l);
	if (last) {
		debugfs_remove(l->dir);
		kfree(l);
	}
}

static struct io_pgtable_listed *entry_new(struct io_pgtable *iop)
{
	struct io_pgtable_listed *l = kzalloc(sizeof(*l), GFP_KERNEL | __GFP_NOWARN);
	struct device *dev = iop->cfg.iommu_dev;

	if (!l)
		return NULL;
	INIT_WORK(&l->work, settle);
	spin_lock_init(&l->lock);
	l->number = iop->number;
	l->iop = iop;
	strscpy(l->device, io_pgtable_device_name(dev));
	strscpy(l->driver, dev ? dev_driver_string(dev) : "none");
	return l;
}

/*
 * A table has been made. Without memory for an entry it is not listed. Context: process context.
 * May sleep.
 */
void io_pgtable_list(struct io_pgtable *iop)
{
	struct io_pgtable_listed *l = entry_new(iop);

	if (l && !xa_insert_irq(&io_pgtable_tables, iop->number, l, GFP_KERNEL | __GFP_NOWARN))
		queue_work(system_long_wq, &l->work);
	else
		kfree(l);
}

/* Return: the entry of a table; NULL if it has none. */
struct io_pgtable_listed *io_pgtable_listed_as(const struct io_pgtable *iop)
{
	return xa_load(&io_pgtable_tables, iop->number);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_listed_as);

/*
 * A table is about to be freed: nobody looks into it any more. Context: any where a spinlock can
 * be taken.
 */
void io_pgtable_unlist(struct io_pgtable *iop)
{
	struct io_pgtable_listed *l;
	unsigned long flags;

	xa_lock_irqsave(&io_pgtable_tables, flags);
	l = __xa_erase(&io_pgtable_tables, iop->number);
	xa_unlock_irqrestore(&io_pgtable_tables, flags);
	if (!l)
		return;
	scoped_guard(spinlock_irqsave, &l->lock) {
		l->iop = NULL;
		queue_work(system_long_wq, &l->work);
	}
}

/**
 * io_pgtable_listed_open() - somebody looks into a table from now on
 * @l: its entry
 *
 * Until io_pgtable_listed_release(), tables below it are freed one at a time, see &struct
 * io_pgtable_inspect. All CPUs are interrupted once.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV if it is freed.
 */
int io_pgtable_listed_open(struct io_pgtable_listed *l)
{
	scoped_guard(spinlock_irqsave, &l->lock) {
		if (!l->iop)
			return -ENODEV;
		l->opens++;
		io_pgtable_dump_hold(l->iop, true);
	}
	/* Who has not seen that has taken the table out that it is about to free. */
	kick_all_cpus_sync();
	return 0;
}

/**
 * io_pgtable_listed_release() - the end of it
 * @l: the table's entry, which may be gone after this
 *
 * Context: process context.
 */
void io_pgtable_listed_release(struct io_pgtable_listed *l)
{
	scoped_guard(spinlock_irqsave, &l->lock) {
		l->opens--;
		if (l->iop)
			io_pgtable_dump_hold(l->iop, false);
		else if (!l->opens)
			queue_work(system_long_wq, &l->work);
	}
}

/* Before any driver makes a table, and after debugfs.c has its folder: that comes first here. */
static int __init io_pgtable_tables_init(void)
{
	tables_dir = debugfs_create_dir("tables", io_pgtable_debugfs);
	return 0;
}
postcore_initcall(io_pgtable_tables_init);
