// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable: tracepoints, and the calls of a table while these are traced. The calls are out of
 * line, so that an event costs callers only a branch. Callers neither keep the event's fields in
 * registers, nor lose a tail call.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/io-pgtable-format.h>
#include <linux/module.h>

#include "core.h"

/* Format and module of a table, for events. A table that the core did not make may have none. */

static const char *format_of(const struct io_pgtable *iop)
{
	if (!iop->format)
		return "none";
	/* A layer on all formats has no name of its own. */
	return io_pgtable_id_of(iop->fmt, NULL) ?: iop->format->id;
}

static const char *module_of(const struct io_pgtable *iop)
{
	return iop->format ? module_name(iop->format->owner) : "none";
}

#define CREATE_TRACE_POINTS
#include <trace/events/io_pgtable.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(io_pgtable_map);
EXPORT_TRACEPOINT_SYMBOL_GPL(io_pgtable_unmap);
EXPORT_TRACEPOINT_SYMBOL_GPL(io_pgtable_flush_walk);

/**
 * io_pgtable_traced_map_pages() - map pages while maps are traced
 * @ops: the table
 * @iova: input address of the first page
 * @paddr: physical address of the first page
 * @pgsize: bytes in each page
 * @pgcount: number of pages
 * @prot: IOMMU_READ, IOMMU_WRITE and so on
 * @gfp: how to allocate tables
 * @mapped: the number of bytes mapped is added here
 *
 * For io_pgtable_map_pages().
 *
 * Context: any; may sleep if @gfp allows it.
 * Return: what &io_pgtable_ops.map_pages returns.
 */
int io_pgtable_traced_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
				phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
				gfp_t gfp, size_t *mapped)
{
	size_t done = 0;
	int ret = ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, &done);

	trace_io_pgtable_map(io_pgtable_ops_to_pgtable(ops), iova, paddr, pgsize * pgcount, pgsize,
			     prot, done, ret);
	*mapped += done;
	return ret;
}
EXPORT_SYMBOL_GPL(io_pgtable_traced_map_pages);

/**
 * io_pgtable_traced_unmap_pages() - unmap pages while unmaps are traced
 * @ops: the table
 * @iova: input address of the first page
 * @pgsize: bytes in each page
 * @pgcount: number of pages
 * @gather: passed to the TLB callbacks, or NULL
 *
 * For io_pgtable_unmap_pages().
 *
 * Context: any.
 * Return: what &io_pgtable_ops.unmap_pages returns.
 */
size_t io_pgtable_traced_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
				     size_t pgsize, size_t pgcount,
				     struct iommu_iotlb_gather *gather)
{
	size_t done = ops->unmap_pages(ops, iova, pgsize, pgcount, gather);

	trace_io_pgtable_unmap(io_pgtable_ops_to_pgtable(ops), iova, pgsize * pgcount, pgsize,
			       done);
	return done;
}
EXPORT_SYMBOL_GPL(io_pgtable_traced_unmap_pages);

/**
 * io_pgtable_traced_map_range() - map a range while maps are traced
 * @ops: the table, whose format has &io_pgtable_ops.map_range
 * @iova: input address of the range
 * @paddr: physical address of the range
 * @size: bytes
 * @prot: IOMMU_READ, IOMMU_WRITE and so on
 * @gfp: how to allocate tables
 * @mapped: the number of bytes mapped is added here
 *
 * For io_pgtable_map_range().
 *
 * Context: any; may sleep if @gfp allows it.
 * Return: what &io_pgtable_ops.map_range returns.
 */
int io_pgtable_traced_map_range(struct io_pgtable_ops *ops, unsigned long iova,
				phys_addr_t paddr, size_t size, int prot, gfp_t gfp,
				size_t *mapped)
{
	size_t done = 0;
	int ret = ops->map_range(ops, iova, paddr, size, prot, gfp, &done);

	trace_io_pgtable_map(io_pgtable_ops_to_pgtable(ops), iova, paddr, size, 0, prot, done,
			     ret);
	*mapped += done;
	return ret;
}
EXPORT_SYMBOL_GPL(io_pgtable_traced_map_range);

/**
 * io_pgtable_traced_unmap_range() - unmap a range while unmaps are traced
 * @ops: the table, whose format has &io_pgtable_ops.unmap_range
 * @iova: input address of the range
 * @size: bytes
 * @gather: passed to the TLB callbacks, or NULL
 *
 * For io_pgtable_unmap_range().
 *
 * Context: any.
 * Return: what &io_pgtable_ops.unmap_range returns.
 */
size_t io_pgtable_traced_unmap_range(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
				     struct iommu_iotlb_gather *gather)
{
	size_t done = ops->unmap_range(ops, iova, size, gather);

	trace_io_pgtable_unmap(io_pgtable_ops_to_pgtable(ops), iova, size, 0, done);
	return done;
}
EXPORT_SYMBOL_GPL(io_pgtable_traced_unmap_range);

/**
 * io_pgtable_trace_flush_walk() - trace an invalidation of walks
 * @iop: the table
 * @iova: first input address
 * @size: bytes
 * @granule: size of the leaf entries, in bytes
 *
 * For io_pgtable_tlb_flush_walk().
 *
 * Context: any.
 */
void io_pgtable_trace_flush_walk(const struct io_pgtable *iop, unsigned long iova, size_t size,
				 size_t granule)
{
	trace_io_pgtable_flush_walk(iop, iova, size, granule);
}
EXPORT_SYMBOL_GPL(io_pgtable_trace_flush_walk);
