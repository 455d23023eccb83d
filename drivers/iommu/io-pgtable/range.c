// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is wrong with a range, once it is known that something is. See range.h.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/overflow.h>

#include <linux/io-pgtable-walk/range.h>

/**
 * io_pgtable_map_error() - what is wrong with the arguments of map_pages
 * @limits: what the table has
 * @iova: input address
 * @paddr: output address
 * @pgsize: bytes of a page
 * @pgcount: how many pages; none is valid, as far as its page goes
 * @prot: IOMMU_READ and so on
 *
 * Context: any.
 * Return: 0; -EINVAL: no page size of this table, no access, misaligned; -ERANGE: input or output
 * addresses out of range.
 */
int io_pgtable_map_error(const struct range_limits *limits, unsigned long iova, u64 paddr,
			 size_t pgsize, size_t pgcount, int prot)
{
	size_t size;

	if (!range_pgsize_is_valid(limits, pgsize, 0))
		return -EINVAL;
	if (check_mul_overflow(pgsize, max(pgcount, 1), &size) ||
	    !range_iova_is_valid(limits, iova, size) ||
	    paddr >= limits->paddr_size || size > limits->paddr_size - paddr)
		return -ERANGE;
	if (!range_prot_is_valid(prot) || !range_pgsize_is_valid(limits, pgsize, iova | paddr))
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_GPL(io_pgtable_map_error);
