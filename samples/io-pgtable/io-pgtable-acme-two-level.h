/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page table format "acme,two-level", for the driver of the ACME IOMMU. The driver passes
 * struct acme_two_level_cfg in &io_pgtable_cfg.format_cfg.
 */
#ifndef __IO_PGTABLE_ACME_TWO_LEVEL_H
#define __IO_PGTABLE_ACME_TWO_LEVEL_H

#include <linux/types.h>

#define ACME_TWO_LEVEL	"acme,two-level"

/**
 * struct acme_two_level_cfg - register values for a table
 * @root: out, register ROOT: the first table's address, and whether walks snoop
 * @bits: out, register BITS: the number of translated input address bits
 */
struct acme_two_level_cfg {
	u32 root;
	u32 bits;
};

#endif /* __IO_PGTABLE_ACME_TWO_LEVEL_H */
