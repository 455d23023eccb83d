// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct calls: static calls to the functions of one format, which callers take if their
 * table has the same functions. Tables of other formats are called by their pointers.
 *
 * The format is that of the first table that is made while there is none. It stays until
 * it leaves the registry. By then it has no tables, so that no caller can be between its
 * look at io_pgtable_direct and its static call: the target never changes under a caller.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/smp.h>

#include "core.h"

/*
 * The targets while no format is called directly. They are reached only with a table that lacks
 * the function, or that shares its functions with a format which is being unregistered.
 */

static int map_by_pointer(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
			  size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	if (!ops->map_pages)
		return -ENODEV;
	return ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

static size_t unmap_by_pointer(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			       size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return ops->unmap_pages ? ops->unmap_pages(ops, iova, pgsize, pgcount, gather) : 0;
}

static phys_addr_t look_up_by_pointer(struct io_pgtable_ops *ops, unsigned long iova)
{
	return ops->iova_to_phys ? ops->iova_to_phys(ops, iova) : 0;
}

DEFINE_STATIC_CALL(io_pgtable_direct_map, map_by_pointer);
EXPORT_STATIC_CALL_TRAMP_GPL(io_pgtable_direct_map);
DEFINE_STATIC_CALL(io_pgtable_direct_unmap, unmap_by_pointer);
EXPORT_STATIC_CALL_TRAMP_GPL(io_pgtable_direct_unmap);
DEFINE_STATIC_CALL(io_pgtable_direct_look_up, look_up_by_pointer);
EXPORT_STATIC_CALL_TRAMP_GPL(io_pgtable_direct_look_up);

/* The functions that are called directly, or NULL */
struct io_pgtable_ops io_pgtable_direct __read_mostly;
EXPORT_SYMBOL_GPL(io_pgtable_direct);

/* Serialises changes of the targets, and guards the format that they belong to. */
static DEFINE_MUTEX(direct_mutex);
static const struct io_pgtable_format *direct_format;

static void set_targets(const struct io_pgtable_ops *ops)
{
	static_call_update(io_pgtable_direct_map, ops->map_pages ?: map_by_pointer);
	static_call_update(io_pgtable_direct_unmap, ops->unmap_pages ?: unmap_by_pointer);
	static_call_update(io_pgtable_direct_look_up, ops->iova_to_phys ?: look_up_by_pointer);
}

static void publish(const struct io_pgtable_ops *ops)
{
	WRITE_ONCE(io_pgtable_direct.map_pages, ops->map_pages);
	WRITE_ONCE(io_pgtable_direct.unmap_pages, ops->unmap_pages);
	WRITE_ONCE(io_pgtable_direct.iova_to_phys, ops->iova_to_phys);
}

/* @iop is new and pins its format, which cannot be unregistered meanwhile. */
void io_pgtable_direct_set(const struct io_pgtable *iop)
{
	/* Most tables are not the first one. Without the mutex: it is taken if in doubt. */
	if (READ_ONCE(direct_format))
		return;

	mutex_lock(&direct_mutex);
	if (!direct_format) {
		set_targets(&iop->ops);
		/*
		 * Orders the new targets before the pointers, for callers on all CPUs: those
		 * have no barrier between their load of a pointer and that of the target, which
		 * is a word in memory on arm64.
		 */
		kick_all_cpus_sync();
		publish(&iop->ops);
		WRITE_ONCE(direct_format, iop->format);
	}
	mutex_unlock(&direct_mutex);
}

/* These formats have left the registry, and none of them has a table. */
void io_pgtable_direct_unset(const struct io_pgtable_format *formats, size_t n)
{
	static const struct io_pgtable_ops none;

	mutex_lock(&direct_mutex);
	if (direct_format >= formats && direct_format < formats + n) {
		publish(&none);
		set_targets(&none);
		WRITE_ONCE(direct_format, NULL);
	}
	mutex_unlock(&direct_mutex);
}
