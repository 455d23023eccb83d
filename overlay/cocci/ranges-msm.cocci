// SPDX-License-Identifier: GPL-2.0-only
//
// msm (drm): map and unmap each range in one call. The format knows its page sizes.

// 7.3 maps part of a buffer, and also counts down the bytes left of that part.
@ part @
identifier size, mapped, left;
@@
  while (size) {
  ...
  size -= mapped;
- left -= mapped;
  ...
  }

@ map @
expression ops, prot, gfp;
identifier iova, paddr, size, pgsize, pgcount, mapped, ret;
position p;
@@
  while@p (size) {
  ...
  ret = ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, &mapped);
  ...
  }

@ loop @
expression map.ops, map.prot, map.gfp;
identifier map.iova, map.paddr, map.size, map.mapped, map.ret, fn, mmu, start;
type T;
position map.p;
statement S;
@@
  int fn(T *mmu, u64 start, ...)
  {
  <...
- while@p (size) S
+ ret = io_pgtable_map_range(ops, iova, paddr, size, prot, gfp, &mapped);
+ iova += mapped;
+ if (ret) {
+ 	msm_iommu_pagetable_unmap(mmu, start, iova - start);
+ 	return -EINVAL;
+ }
  ...>
  }

@ depends on map @
expression sg;
identifier map.paddr, map.mapped, map.ret;
@@
  phys_addr_t paddr = sg_phys(sg);
+ 	size_t mapped = 0;
+ 	int ret;

@ depends on part @
identifier map.iova, map.mapped, map.ret, part.left;
@@
  ret = io_pgtable_map_range(...);
  iova += mapped;
+ 	left -= mapped;

// An unmap ends at a hole in 6.12, but not in 7.3.
@ unmap @
expression ops, gather, e;
identifier iova, size, pgsize, count, unmapped, choose;
@@
  while (size) {
  ...
- pgsize = choose(e, iova, iova, size, &count);
- unmapped = ops->unmap_pages(ops, iova, pgsize, count, gather);
+ unmapped = io_pgtable_unmap_range(ops, iova, size, gather);
  ...
  }

@ depends on unmap @
identifier unmap.pgsize;
type T;
@@
- T pgsize;

@ depends on unmap @
identifier unmap.count;
type T;
@@
- T count;

@ depends on unmap @
identifier unmap.choose;
type T;
@@
- T choose(...) { ... }

// The next member is removed and added again, to remove the comment in between.
@ depends on unmap @
identifier next;
type T;
@@
  struct msm_iommu_pagetable {
  	...
- 	unsigned long pgsize_bitmap;
- 	T next;
+ 	T next;
  	...
  };

@ depends on unmap @
struct msm_iommu_pagetable *table;
expression e;
@@
- table->pgsize_bitmap = e;
