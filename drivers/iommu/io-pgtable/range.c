// SPDX-License-Identifier: GPL-2.0-only
/*
 * What formats ask of a range off their fast paths. See range.h.
 */
#include <linux/errno.h>
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

/*
 * How many tables pages take in [@first, @last], where there is nothing below a descriptor of
 * BIT(@shift) bytes
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
 * io_pgtable_count_missing() - how many tables a map of the smallest pages takes
 * @ops: the tables that there are
 * @levels: how they resolve a range
 * @limits: their pages and addresses
 * @iova: input address of the range
 * @size: bytes
 *
 * Context: any. Other ranges of the same table may be mapped and unmapped at the same time.
 * Return: how many are missing now; -EINVAL: no range of this table.
 */
long io_pgtable_count_missing(struct io_pgtable_ops *ops, const struct range_levels *levels,
			      const struct range_limits *limits, unsigned long iova, size_t size)
{
	unsigned long last = iova + size - 1, end;
	unsigned int shift;
	long n = 0;

	if (!size || !range_iova_is_valid(limits, iova, size))
		return -EINVAL;
	/* The root alone */
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
