// SPDX-License-Identifier: GPL-2.0-only
//
// rockchip-iommu: use page tables of io-pgtable, with a named format for each generation.
// The result is a second file next to the driver. CONFIG_ROCKCHIP_IOMMU_IO_PGTABLE selects
// which of the two files is compiled.

@ headers @
@@
  #include <linux/io.h>
+ #include <linux/io-pgtable.h>
+ #include <linux/io-pgtable-rockchip.h>

@ module_header @
@@
  #include <linux/mm.h>
+ #include <linux/module.h>

@ no_pages_header @
@@
- #include "iommu-pages.h"

// Functions that make table entries are removed. Reports of faults still read entries.
@ generation @
typedef u32, gfp_t, dma_addr_t, phys_addr_t, spinlock_t;
identifier pt_dma, page, prot;
@@
  struct rk_iommu_ops {
  	...
- 	u32 (*mk_dtentries)(dma_addr_t pt_dma);
- 	u32 (*mk_ptentries)(phys_addr_t page, int prot);
+ 	const char *format;
  	...
- 	gfp_t gfp_flags;
  };

@ first_generation @
identifier ops;
expression address;
@@
  struct rk_iommu_ops ops = {
  	.pt_address = address,
+ 	.format = IO_PGTABLE_ROCKCHIP1,
  	.mk_ptentries = &rk_mk_pte,
  };

@ second_generation @
identifier ops;
expression address;
@@
  struct rk_iommu_ops ops = {
  	.pt_address = address,
+ 	.format = IO_PGTABLE_ROCKCHIP2,
  	.mk_ptentries = &rk_mk_pte_v2,
  };

@ no_entries @
identifier ops;
expression directory, page, flags;
@@
  struct rk_iommu_ops ops = {
- 	.mk_dtentries = directory,
- 	.mk_ptentries = page,
- 	.gfp_flags = flags,
  };

// The members are removed and added again, to remove the comments before them.
@ has_table @
@@
  struct rk_iommu_domain {
  	struct list_head iommus;
- 	u32 *dt;
- 	dma_addr_t dt_dma;
- 	spinlock_t iommus_lock;
- 	spinlock_t dt_lock;
- 	struct device *dma_dev;
+ 	spinlock_t iommus_lock; /* protects iommus */
+ 	struct io_pgtable_ops *ops;
+ 	struct io_pgtable_rockchip_cfg regs;
+ 	struct device *dma_dev;
  	...
  };

@ has_table_6_12 depends on !has_table @
@@
  struct rk_iommu_domain {
  	struct list_head iommus;
+ 	spinlock_t iommus_lock; /* protects iommus */
+ 	struct io_pgtable_ops *ops;
+ 	struct io_pgtable_rockchip_cfg regs;
+ 	struct iommu_domain domain;
- 	u32 *dt;
- 	dma_addr_t dt_dma;
- 	spinlock_t iommus_lock;
- 	spinlock_t dt_lock;
- 	struct iommu_domain domain;
  };

@ no_flush @
@@
- static inline void rk_table_flush(...) { ... }

@ no_dte @
@@
- static inline u32 rk_mk_dte(...) { ... }

@ no_dte_v2 @
@@
- static inline u32 rk_mk_dte_v2(...) { ... }

@ no_pte @
@@
- static u32 rk_mk_pte(...) { ... }

@ no_pte_v2 @
@@
- static u32 rk_mk_pte_v2(...) { ... }

@ no_invalid @
@@
- static u32 rk_mk_pte_invalid(...) { ... }

@ no_unmap_iova @
@@
- static size_t rk_iommu_unmap_iova(...) { ... }

@ no_map_iova @
@@
- static int rk_iommu_map_iova(...) { ... }

@ no_get @
@@
- static u32 *rk_dte_get_page_table(...) { ... }

@ no_look_up @
@@
- static phys_addr_t rk_iommu_iova_to_phys(...) { ... }

@ no_map @
@@
- static int rk_iommu_map(...) { ... }

@ no_unmap @
@@
- static size_t rk_iommu_unmap(...) { ... }

@ register_value @
expression ops, domain;
@@
- ops->mk_dtentries(domain->dt_dma)
+ domain->regs.dte_addr

// Unmapped pages are zapped at once, as before. There is no tlb_flush_all, since no IOMMU is
// attached when a table is freed.
@ operations @
@@
+ static void rk_iommu_tlb_flush_walk(unsigned long iova, size_t size,
+ 				    size_t granule, void *cookie)
+ {
+ 	rk_iommu_zap_iova(cookie, iova, size);
+ }
+
+ static void rk_iommu_tlb_add_page(struct iommu_iotlb_gather *gather,
+ 				  unsigned long iova, size_t granule,
+ 				  void *cookie)
+ {
+ 	rk_iommu_zap_iova(cookie, iova, granule);
+ }
+
+ static void rk_iommu_tlb_add_range(struct iommu_iotlb_gather *gather,
+ 				   unsigned long iova, size_t size,
+ 				   size_t granule, void *cookie)
+ {
+ 	rk_iommu_zap_iova(cookie, iova, size);
+ }
+
+ static const struct iommu_flush_ops rk_iommu_tlb = {
+ 	.tlb_flush_walk	= rk_iommu_tlb_flush_walk,
+ 	.tlb_add_page	= rk_iommu_tlb_add_page,
+ 	.tlb_add_range	= rk_iommu_tlb_add_range,
+ };
+
+ static phys_addr_t rk_iommu_iova_to_phys(struct iommu_domain *domain,
+ 					 dma_addr_t iova)
+ {
+ 	return io_pgtable_iova_to_phys(to_rk_domain(domain)->ops, iova);
+ }
+
+ static int rk_iommu_map(struct iommu_domain *domain, unsigned long iova,
+ 			phys_addr_t paddr, size_t size, size_t count,
+ 			int prot, gfp_t gfp, size_t *mapped)
+ {
+ 	struct rk_iommu_domain *rk_domain = to_rk_domain(domain);
+ 	int ret;
+
+ 	ret = io_pgtable_map_pages(rk_domain->ops, iova, paddr, size, count,
+ 				   prot, gfp, mapped);
+ 	/* Evict cached entries that were next to those of other mappings */
+ 	if (*mapped)
+ 		rk_iommu_zap_iova_first_last(rk_domain, iova, *mapped);
+ 	return ret;
+ }
+
+ static size_t rk_iommu_unmap(struct iommu_domain *domain, unsigned long iova,
+ 			     size_t size, size_t count,
+ 			     struct iommu_iotlb_gather *gather)
+ {
+ 	return io_pgtable_unmap_pages(to_rk_domain(domain)->ops, iova, size,
+ 				      count, gather);
+ }
+
  static struct rk_iommu *rk_iommu_from_dev(...) { ... }

@ directory @
expression dom, ops;
identifier out;
@@
- dom->dt = \(iommu_alloc_page(GFP_KERNEL | ops->gfp_flags)
-              \|iommu_alloc_pages_sz(GFP_KERNEL | ops->gfp_flags, SPAGE_SIZE)\);
- if (!dom->dt)
- 	goto out;

@ table @
expression directory.dom, directory.ops, dma;
identifier out;
@@
- dom->dt_dma = dma_map_single(dma, dom->dt, SPAGE_SIZE, DMA_TO_DEVICE);
- if (dma_mapping_error(dma, dom->dt_dma)) {
- 	...
- 	goto out;
- }
+ ret = rk_iommu_alloc_table(dom, dma, ops);
+ if (ret) {
+ 	kfree(dom);
+ 	return ERR_PTR(ret);
+ }

@ alloc @
identifier rk_domain;
@@
+ static int rk_iommu_alloc_table(struct rk_iommu_domain *rk_domain,
+ 				struct device *dev,
+ 				const struct rk_iommu_ops *ops)
+ {
+ 	struct io_pgtable_cfg cfg = {
+ 		.pgsize_bitmap = RK_IOMMU_PGSIZE_BITMAP,
+ 		.ias = 32,
+ 		.oas = fls64(ops->dma_bit_mask),
+ 		.tlb = &rk_iommu_tlb,
+ 		.iommu_dev = dev,
+ 		.format_cfg = &rk_domain->regs,
+ 		.format_cfg_size = sizeof(rk_domain->regs),
+ 	};
+
+ 	rk_domain->ops = io_pgtable_alloc_named(ops->format, &cfg, rk_domain);
+ 	if (IS_ERR(rk_domain->ops))
+ 		return PTR_ERR(rk_domain->ops);
+ 	/* Only the page size, so that one call maps any number of pages */
+ 	rk_domain->domain.pgsize_bitmap = cfg.pgsize_bitmap;
+ 	return 0;
+ }
+
  static struct iommu_domain *rk_iommu_domain_alloc_paging(...)
  {
  	struct rk_iommu_domain *rk_domain;
+ 	int ret;
  	...
  }

@ no_lock @
expression dom;
@@
- spin_lock_init(&dom->dt_lock);

@ no_bitmap @
expression dom;
@@
- dom->domain.pgsize_bitmap = RK_IOMMU_PGSIZE_BITMAP;

@ no_unwinding @
identifier out, out_domain;
expression dom;
@@
- out:
- \(iommu_free_page\|iommu_free_pages\)(dom->dt);
- out_domain:
- kfree(dom);
- return NULL;

@ free @
identifier rk_domain, i;
expression dma, last;
@@
  static void rk_iommu_domain_free(...)
  {
  	struct rk_iommu_domain *rk_domain = ...;
- 	int i;
  	...
- 	for (i = 0; i < last; i++) { ... }
+ 	free_io_pgtable_ops(rk_domain->ops);
- 	dma_unmap_single(dma, rk_domain->dt_dma, SPAGE_SIZE, DMA_TO_DEVICE);
- 	\(iommu_free_page\|iommu_free_pages\)(rk_domain->dt);
  	...
  }

// All users of domains of this driver need the format, even if default domains do not translate.
@ get_format @
expression ops, wrong, code;
@@
  ops = of_device_get_match_data(dev);
  ... when any
  if (wrong)
  	return code;
+
+ 	err = devm_io_pgtable_get_format_named(dev, ops->format);
+ 	if (err)
+ 		return err;
  iommu->bases = devm_kcalloc(...);

@ softdep @
declarer name builtin_platform_driver;
declarer name MODULE_SOFTDEP;
identifier driver;
@@
  builtin_platform_driver(driver);
+ MODULE_SOFTDEP("pre: io-pgtable-rockchip");
