/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the kernel's version, by the release that brought the difference. In a kernel
 * tree, only the lines for that kernel are left.
 */
#ifndef __IO_PGTABLE_COMPAT_H
#define __IO_PGTABLE_COMPAT_H

#include <linux/gfp.h>
#include <linux/io-pgtable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/version.h>
#include <linux/vmstat.h>

/*
 * COMPAT_SPLITS_BLOCKS: drivers of this kernel may unmap part of a block.
 * COMPAT_IMPORT_IOMMUFD(): for iova_bitmap_set(), called by iommu_dirty_bitmap_record()
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define COMPAT_SPLITS_BLOCKS	1
#define COMPAT_S2_FWB		0
#define COMPAT_IMPORT_IOMMUFD() MODULE_IMPORT_NS(IOMMUFD)
#else
#define COMPAT_SPLITS_BLOCKS	0
#define COMPAT_S2_FWB		IO_PGTABLE_QUIRK_ARM_S2FWB
#define COMPAT_IMPORT_IOMMUFD() MODULE_IMPORT_NS("IOMMUFD")
#endif

/*
 * COMPAT_CONCATENATES: drivers expect stage-2 walks to be as short as concatenation allows. Later
 * kernels concatenate only where the architecture does not allow the walk to start at a higher
 * level.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define COMPAT_CONCATENATES	1
#define compat_alloc_pages_bulk_node	alloc_pages_bulk_array_node
#else
#define COMPAT_CONCATENATES	0
#define compat_alloc_pages_bulk_node	alloc_pages_bulk_node
#endif

/* COMPAT_MIN_TABLE: the minimum size in bytes of a table that a driver's allocator is asked for */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define COMPAT_NO_WARN		0
#define COMPAT_MIN_TABLE	1
#else
#define COMPAT_NO_WARN		IO_PGTABLE_QUIRK_NO_WARN
#define COMPAT_MIN_TABLE	64
#endif

/* Quirks of this kernel that 6.12 does not have */
#define COMPAT_S1_QUIRKS	COMPAT_NO_WARN
#define COMPAT_S2_QUIRKS	(COMPAT_NO_WARN | COMPAT_S2_FWB)

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)

/*
 * DARTs: levels below the TTBRs, log2 of the number of TTBRs with 16K pages, a bit that is always
 * set
 */
#define COMPAT_DART_LEVELS		2
#define COMPAT_DART_16K_ROOT_BITS	2
#define COMPAT_DART2_NO_CACHE		1

/* Requires disabled interrupts */
#define compat_lruvec_stat_mod_folio	__lruvec_stat_mod_folio

/* The IOMMU of an ID according to iommu-map, with a reference, or NULL */
static inline struct device_node *compat_iommu_of_id(struct device_node *np, u32 id)
{
	struct device_node *iommu = NULL;

	of_map_id(np, id, "iommu-map", "iommu-map-mask", &iommu, NULL);
	return iommu;
}

#else

#define COMPAT_DART_LEVELS		3
#define COMPAT_DART_16K_ROOT_BITS	0
#define COMPAT_DART2_NO_CACHE		0

/* lruvec_stat_mod_folio() disables interrupts itself, and takes twice as long without cgroups. */
static inline void compat_lruvec_stat_mod_folio(struct folio *folio,
						enum node_stat_item item, int pages)
{
	if (IS_ENABLED(CONFIG_MEMCG))
		lruvec_stat_mod_folio(folio, item, pages);
	else
		__mod_node_page_state(folio_pgdat(folio), item, pages);
}

static inline struct device_node *compat_iommu_of_id(struct device_node *np, u32 id)
{
	struct of_phandle_args args = { };

	return of_map_iommu_id(np, id, &args) ? NULL : args.np;
}

#endif

#endif /* __IO_PGTABLE_COMPAT_H */
