// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions on ranges, off the fast paths of formats. See range.h.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/overflow.h>

#include <linux/io-pgtable-walk/range.h>

/**
 * io_pgtable_map_error() - find the error in the arguments of map_pages
 * @limits: valid pages and addresses of the table
 * @iova: input address
 * @paddr: output address
 * @pgsize: size of a page in bytes
 * @pgcount: number of pages; 0 is checked as 1
 * @prot: IOMMU_READ and so on
 *
 * Context: any.
 * Return: 0; -EINVAL if @pgsize is not a page size of the table, an address is not aligned, or
 * @prot grants no access; -ERANGE if input or output addresses are out of range.
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

/*
 * Count the tables that pages in [@first, @last] need below an empty descriptor that translates
 * BIT(@shift) bytes.
 */
static unsigned long count_below(const struct range_levels *levels, unsigned long first,
				 unsigned long last, unsigned int shift)
{
	unsigned long n = 0;

	for (; shift > levels->page_shift; shift -= levels->index_bits)
		n += shift < BITS_PER_LONG ? (last >> shift) - (first >> shift) + 1 : 1;
	return n;
}

/**
 * io_pgtable_count_missing() - count the tables that a map of the smallest pages must allocate
 * @ops: the page table
 * @levels: how its tables resolve a range
 * @limits: its valid pages and addresses
 * @iova: input address of the range
 * @size: bytes
 *
 * Context: any. Other ranges of the same table may be mapped and unmapped at the same time.
 * Return: number of tables missing now; -EINVAL if the range is empty or not valid.
 */
long io_pgtable_count_missing(struct io_pgtable_ops *ops, const struct range_levels *levels,
			      const struct range_limits *limits, unsigned long iova, size_t size)
{
	unsigned long last = iova + size - 1, end;
	unsigned int shift;
	long n = 0;

	if (!size || !range_iova_is_valid(limits, iova, size))
		return -EINVAL;
	/* The root is the only table. */
	if (levels->root_shift == levels->page_shift)
		return 0;

	for (;; iova = end + 1) {
		bool hole = levels->is_hole(ops, iova, &shift);

		end = shift < BITS_PER_LONG ? min(iova | (BIT(shift) - 1), last) : last;
		if (hole)
			n += count_below(levels, iova, end, shift);
		if (end == last)
			return n;
	}
}
EXPORT_SYMBOL_GPL(io_pgtable_count_missing);
