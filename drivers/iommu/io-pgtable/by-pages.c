// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable: ranges, for formats without map_range or unmap_range. Calls map_pages or
 * unmap_pages once for each step of the range, in which all pages have one size.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io-pgtable.h>

#include <linux/io-pgtable-walk/range.h>
#include "steps.h"

/**
 * io_pgtable_map_by_pages() - map a range by calls of map_pages
 * @ops: the table
 * @iova: input address of the range
 * @paddr: physical address of the range
 * @size: bytes
 * @prot: IOMMU_READ, IOMMU_WRITE and so on
 * @gfp: how to allocate tables
 * @mapped: the number of bytes mapped is added here, also on failure
 *
 * For io_pgtable_map_range(), if the format has no &io_pgtable_ops.map_range.
 *
 * Context: any; may sleep if @gfp allows it. Other ranges of the same table may be mapped and
 * unmapped at the same time.
 * Return: 0; -EINVAL, -ERANGE, -EEXIST or -ENOMEM, as io_pgtable_map_range().
 */
int io_pgtable_map_by_pages(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
			    size_t size, int prot, gfp_t gfp, size_t *mapped)
{
	const struct io_pgtable_cfg *cfg = &io_pgtable_ops_to_pgtable(ops)->cfg;
	unsigned int shift = __ffs(cfg->pgsize_bitmap);
	size_t done, pgsize, pgcount;
	struct range_limits limits;
	int ret;

	range_limits_init(&limits, cfg);
	if (size & (BIT(shift) - 1))
		return -EINVAL;
	ret = io_pgtable_map_error(&limits, iova, paddr, BIT(shift), size >> shift, prot);

	for (; !ret && size; size -= done, iova += done, paddr += done) {
		pgsize = step_init(cfg->pgsize_bitmap, iova, paddr, size, &pgcount);
		done = 0;
		ret = io_pgtable_map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, &done);
		/* The format may stop at the end of a table, but must make progress. */
		if (!ret && !done)
			ret = -ENOMEM;
		*mapped += done;
	}
	return ret;
}
EXPORT_SYMBOL_GPL(io_pgtable_map_by_pages);

/**
 * io_pgtable_unmap_by_pages() - unmap a range by calls of unmap_pages
 * @ops: the table
 * @iova: input address of the range
 * @size: bytes
 * @gather: passed to the TLB callbacks, or NULL
 *
 * For io_pgtable_unmap_range(), if the format has no &io_pgtable_ops.unmap_range.
 *
 * Context: any. Other ranges of the same table may be mapped and unmapped at the
 * same time.
 * Return: bytes unmapped: fewer than asked for if there is a hole.
 */
size_t io_pgtable_unmap_by_pages(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
				 struct iommu_iotlb_gather *gather)
{
	const struct io_pgtable_cfg *cfg = &io_pgtable_ops_to_pgtable(ops)->cfg;
	unsigned int shift = __ffs(cfg->pgsize_bitmap);
	size_t done, pgsize, pgcount, unmapped = 0;
	struct range_limits limits;

	range_limits_init(&limits, cfg);
	if (size & (BIT(shift) - 1) ||
	    !range_unmap_is_valid(&limits, iova, BIT(shift), size >> shift))
		return 0;

	/* The format may stop at the end of a table. Without progress there is a hole. */
	for (done = 1; done && unmapped < size; unmapped += done) {
		pgsize = step_init(cfg->pgsize_bitmap, iova + unmapped, iova + unmapped,
				   size - unmapped, &pgcount);
		done = io_pgtable_unmap_pages(ops, iova + unmapped, pgsize, pgcount, gather);
	}
	return unmapped;
}
EXPORT_SYMBOL_GPL(io_pgtable_unmap_by_pages);
