// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct calls: static calls to the functions of one format. A caller uses a static call if its
 * table has the same function. Functions of other formats are called by pointer.
 *
 * The static calls belong to the format of the first table that is made while they belong to
 * none. They belong to that format until it is unregistered. By then the format has no tables, so
 * no caller can be between its load from io_pgtable_direct and its static call. So the target
 * never changes under a caller.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/smp.h>

#include "core.h"

/*
 * The targets of the static calls while they belong to no format. These are only reached with a
 * table that lacks the function, or that shares its functions with a format that is being
 * unregistered.
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

/* The functions that are the targets of the static calls, or NULL */
struct io_pgtable_ops io_pgtable_direct __read_mostly;
EXPORT_SYMBOL_GPL(io_pgtable_direct);

/* Serialises changes of the targets, and protects direct_format. */
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

/* @iop is new and pins its format, so the format cannot be unregistered meanwhile. */
void io_pgtable_direct_set(const struct io_pgtable *iop)
{
	/*
	 * Fast path without the mutex. If another CPU is just changing direct_format, the check
	 * under the mutex decides.
	 */
	if (READ_ONCE(direct_format))
		return;

	mutex_lock(&direct_mutex);
	if (!direct_format) {
		set_targets(&iop->ops);
		/*
		 * Orders the stores of the targets before the stores of the pointers, for callers
		 * on all CPUs. A caller has no barrier between its load of a pointer and its load
		 * of the target, which is a word in memory on arm64.
		 */
		kick_all_cpus_sync();
		publish(&iop->ops);
		WRITE_ONCE(direct_format, iop->format);
	}
	mutex_unlock(&direct_mutex);
}

/* These formats are no longer in the registry, and have no tables. */
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
