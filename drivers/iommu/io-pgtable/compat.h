/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that we support, and nothing else. Now: 6.12.
 */
#ifndef __IO_PGTABLE_COMPAT_H
#define __IO_PGTABLE_COMPAT_H

#include <linux/module.h>

/* Drivers of this kernel may unmap a part of a block. */
#define COMPAT_SPLITS_BLOCKS 1

/* For iova_bitmap_set(), behind iommu_dirty_bitmap_record(). */
#define COMPAT_IMPORT_IOMMUFD() MODULE_IMPORT_NS(IOMMUFD)

#endif /* __IO_PGTABLE_COMPAT_H */
