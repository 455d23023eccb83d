/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core's inside, for its optional parts, and where it asks its surroundings. The KUnit
 * suite puts its own answers in their place; without KUnit they are static in core.c.
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
 * @work: makes its folder, or removes it and frees this
 * @dir: the folder
 * @number: of the table
 * @device: the device that walks it
 * @driver: that one's driver
 * @lock: guards what follows; held while anybody looks into the table
 * @iop: the table; NULL once it is freed
 * @opens: how many of its files are open
 * @asked: the input address that was written to "walk"
 * @most: the most bytes of tables that anybody has seen
 */
struct io_pgtable_listed {
	struct work_struct	work;
	struct dentry		*dir;
	unsigned int		number;
	char			device[48];
	char			driver[32];
	spinlock_t		lock;	/* of all that follows */
	struct io_pgtable	*iop;
	unsigned int		opens;
	u64			asked;
	u64			most;
};

extern struct xarray io_pgtable_tables;		/* of struct io_pgtable_listed, by number */

extern struct list_head io_pgtable_formats;	/* of struct io_pgtable_format */
extern struct list_head io_pgtable_holders;
extern raw_spinlock_t io_pgtable_lock;		/* guards both */

#ifdef CONFIG_IOMMU_IO_PGTABLE_SELFTEST
int io_pgtable_selftest(struct io_pgtable_format *f);
#else
static inline int io_pgtable_selftest(struct io_pgtable_format *f)
{
	return 0;
}
#endif

extern struct dentry *io_pgtable_debugfs;	/* the folder */

/* The table that has the descriptors: below those that only pass calls on */
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

/* A device has no name before it is registered: that of the kernel's self-tests never is. */
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
