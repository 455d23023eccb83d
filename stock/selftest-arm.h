/* SPDX-License-Identifier: GPL-2.0-only */
/* What the LPAE self-test refers to. */
#include "selftest.h"

#define CONFIG_IOMMU_IO_PGTABLE_LPAE_SELFTEST 1

/*
 * When a test fails it shows the inside of the table as stock's format has it. We
 * have none of that, and show what the users' API says.
 */
struct arm_lpae_io_pgtable {
	struct io_pgtable iop;
	int start_level;
	int bits_per_level;
	void *pgd;
	size_t pgd_size;
};

#define ARM_LPAE_MAX_LEVELS	4
#define ARM_LPAE_PGD_SIZE(d)	((d)->pgd_size)
#define ARM_LPAE_GRANULE(d)	BIT(__ffs((d)->iop.cfg.pgsize_bitmap))

static struct arm_lpae_io_pgtable *io_pgtable_ops_to_data(struct io_pgtable_ops *ops)
{
	static struct arm_lpae_io_pgtable shown;

	shown.iop.cfg = io_pgtable_ops_to_pgtable(ops)->cfg;
	return &shown;
}
