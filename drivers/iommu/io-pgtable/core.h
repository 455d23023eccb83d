/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private interface between the core and its optional parts. The functions at the end are visible
 * to KUnit, which replaces some of them; without KUnit they are static.
 */
#ifndef __IO_PGTABLE_CORE_H
#define __IO_PGTABLE_CORE_H

#include <linux/device.h>
#include <linux/io-pgtable-format.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#ifdef CONFIG_IOMMU_IO_PGTABLE_TRACE
#include <trace/events/io_pgtable.h>
#endif

struct dentry;
struct seq_file;

/* A driver that has pinned a format */
struct io_pgtable_holder {
	struct list_head		node;
	struct io_pgtable_format	*format;
	struct device			*dev;
};

/**
 * struct io_pgtable_listed - a table that debugfs lists
 * @work: creates the table's directory, or removes it and frees this struct
 * @dir: the directory
 * @number: the table's number
 * @device: name of the device that walks the table
 * @driver: name of that device's driver
 * @lock: protects the members below; held while a reader uses @iop
 * @iop: the table; NULL after the table is freed
 * @opens: how many of the table's files are open
 * @asked: the input address that was last written to the file "walk"
 * @most: the largest memory use of the table's tables in bytes that a reader has counted
 */
struct io_pgtable_listed {
	struct work_struct	work;
	struct dentry		*dir;
	unsigned int		number;
	char			device[48];
	char			driver[32];
	spinlock_t		lock;	/* protects the members below */
	struct io_pgtable	*iop;
	unsigned int		opens;
	u64			asked;
	u64			most;
};

extern struct xarray io_pgtable_tables;		/* of struct io_pgtable_listed, by number */

extern struct list_head io_pgtable_formats;	/* of struct io_pgtable_format */
extern struct list_head io_pgtable_holders;
extern raw_spinlock_t io_pgtable_lock;		/* protects both lists */

#ifdef CONFIG_IOMMU_IO_PGTABLE_SELFTEST
int io_pgtable_selftest(struct io_pgtable_format *f);
#else
static inline int io_pgtable_selftest(struct io_pgtable_format *f)
{
	return 0;
}
#endif

extern struct dentry *io_pgtable_debugfs;	/* the directory "io-pgtable" */

/* The table with the descriptors, below all tables that only pass calls on */
static inline struct io_pgtable *io_pgtable_with_descriptors(struct io_pgtable *iop)
{
	while (iop->format->fns->below)
		iop = io_pgtable_ops_to_pgtable(iop->format->fns->below(iop));
	return iop;
}

#ifdef CONFIG_IOMMU_IO_PGTABLE_TABLES
void io_pgtable_list(struct io_pgtable *iop);
void io_pgtable_unlist(struct io_pgtable *iop);
struct io_pgtable_listed *io_pgtable_listed_as(const struct io_pgtable *iop);
#else
static inline void io_pgtable_list(struct io_pgtable *iop)
{
}

static inline void io_pgtable_unlist(struct io_pgtable *iop)
{
}

static inline struct io_pgtable_listed *io_pgtable_listed_as(const struct io_pgtable *iop)
{
	return NULL;
}
#endif

#ifdef CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS
void io_pgtable_direct_set(const struct io_pgtable *iop);
void io_pgtable_direct_unset(const struct io_pgtable_format *formats, size_t n);
#else
static inline void io_pgtable_direct_set(const struct io_pgtable *iop)
{
}

static inline void io_pgtable_direct_unset(const struct io_pgtable_format *formats, size_t n)
{
}
#endif

const char *io_pgtable_id_of(enum io_pgtable_fmt fmt, const char *name);

/* A device that is not registered has no name: the kernel's self-tests use such a device. */
static inline const char *io_pgtable_device_name(const struct device *dev)
{
	return !dev ? "none" : dev_name(dev) ?: "unnamed";
}

#ifndef CONFIG_IOMMU_IO_PGTABLE_TRACE
static inline void trace_io_pgtable_register(const struct io_pgtable_format *f, int result)
{
}

static inline void trace_io_pgtable_unregister(const struct io_pgtable_format *f, int result)
{
}

static inline void trace_io_pgtable_pin(const char *format, const struct io_pgtable_format *f,
					const struct device *dev, unsigned int table, bool driver)
{
}

static inline void trace_io_pgtable_defer(const char *format, const struct device *dev)
{
}

static inline void trace_io_pgtable_absent(const char *format, const struct device *dev)
{
}

static inline void trace_io_pgtable_alloc(const char *format, const struct io_pgtable_format *f,
					  const struct device *dev, unsigned int table,
					  int result)
{
}

static inline void trace_io_pgtable_free(const struct io_pgtable *iop)
{
}
#endif

#if IS_ENABLED(CONFIG_KUNIT)
bool io_pgtable_configured(const char *id);
bool io_pgtable_window_open(struct device *dev);
bool io_pgtable_request_module(const char *id);
void io_pgtable_load_later(const char *id);
int io_pgtable_formats_show(struct seq_file *s, void *unused);
void *io_pgtable_dump_begin(struct io_pgtable *iop);
void io_pgtable_dump_end(void *dump);
extern const struct seq_operations io_pgtable_dump_lines;
extern bool io_pgtable_selftest_enabled;
#endif

#endif /* __IO_PGTABLE_CORE_H */
