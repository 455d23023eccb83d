// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables in debugfs: a list of the tables, and a directory for each. dump.c has the contents
 * of the files.
 *
 * A table may be made and freed at any time, also in atomic context. So directories are created
 * and removed in a work item. A table that is freed soon never gets a directory. A table's entry
 * in the list is kept while one of its files is open.
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
 * Entries of all tables that exist, by number. Debuggers use this, too. struct io_pgtable has no
 * room for a pointer to the entry.
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

/* Create the directory of an entry, or remove the directory and free the entry. */
static void settle(struct work_struct *work)
{
	struct io_pgtable_listed *l = container_of(work, struct io_pgtable_listed, work);
	bool gone, last;

	scoped_guard(spinlock_irqsave, &l->lock) {
		gone = !l->iop;
		/* Other code queues this work only under the lock, and not after the last time. */
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
 * Called when a table has been made. If there is no memory for an entry, the table is not listed.
 * Context: process context. May sleep.
 */
void io_pgtable_list(struct io_pgtable *iop)
{
	struct io_pgtable_listed *l = entry_new(iop);

	if (l && !xa_insert_irq(&io_pgtable_tables, iop->number, l, GFP_KERNEL | __GFP_NOWARN))
		queue_work(system_long_wq, &l->work);
	else
		kfree(l);
}

/* Return: the entry of a table; NULL if the table has none. */
struct io_pgtable_listed *io_pgtable_listed_as(const struct io_pgtable *iop)
{
	return xa_load(&io_pgtable_tables, iop->number);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_listed_as);

/*
 * Called before a table is freed. No reader uses the table afterwards. Context: any context where
 * a spinlock can be taken.
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
 * io_pgtable_listed_open() - begin reading a table
 * @l: the table's entry
 *
 * Until io_pgtable_listed_release(), the tables below the root are freed one at a time, see
 * &struct io_pgtable_inspect. Interrupts all CPUs once.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV if the table has been freed.
 */
int io_pgtable_listed_open(struct io_pgtable_listed *l)
{
	scoped_guard(spinlock_irqsave, &l->lock) {
		if (!l->iop)
			return -ENODEV;
		l->opens++;
		io_pgtable_dump_hold(l->iop, true);
	}
	/*
	 * From here on a CPU that frees a table either sees the hold, or has removed the
	 * descriptor that points to the table.
	 */
	kick_all_cpus_sync();
	return 0;
}

/**
 * io_pgtable_listed_release() - end reading a table
 * @l: the table's entry, which may be freed by this
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

/* Runs before drivers make tables, and after the initcall of debugfs.c, linked before this. */
static int __init io_pgtable_tables_init(void)
{
	tables_dir = debugfs_create_dir("tables", io_pgtable_debugfs);
	return 0;
}
postcore_initcall(io_pgtable_tables_init);
