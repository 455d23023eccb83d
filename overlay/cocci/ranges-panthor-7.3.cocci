// SPDX-License-Identifier: GPL-2.0-only
//
// panthor, 7.3: as ranges-panthor.cocci for 6.12. After a failure the driver continues, and
// declares the VM unusable.

@ map @
expression ops, prot, gfp;
identifier iova, paddr, len, get, pgsize, pgcount, mapped, ret;
position p;
@@
  while@p (len) {
  ...
  size_t pgsize = get(...);
  ...
  ret = ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, &mapped);
  ...
  }

@ map_in_one @
expression map.ops, map.prot, map.gfp;
identifier map.iova, map.paddr, map.len, map.mapped, map.ret, fn, vm, start, all, size;
type T;
position map.p;
statement S;
@@
  int fn(T *vm, ...)
  {
  ...
  u64 start = iova;
  u64 all = size;
  <...
- while@p (len) S
+ ret = io_pgtable_map_range(ops, iova, paddr, len, prot, gfp, &mapped);
+ drm_dbg(&ptdev->base, "map: as=%d, iova=0x%llx, sz=%llu, va=0x%llx, pa=%pad, len=%zu, mapped=%zu", vm->as.id, start, all, iova, &paddr, len, mapped);
+ iova += mapped;
+ if (drm_WARN_ON_ONCE(&ptdev->base, ret)) {
+ 	/* Unmap again, so that no page tables are left. */
+ 	panthor_vm_unmap_pages(vm, start, iova - start);
+ 	panthor_vm_declare_unusable(vm);
+ 	return ret;
+ }
  ...>
  }

@ depends on map_in_one @
identifier map.len, map.mapped;
expression e;
@@
  size_t len = e;
+ 	size_t mapped = 0;

@ unmap @
expression ops;
identifier iova, offset, size, pgsize, pgcount, unmapped;
position p;
@@
  while@p (offset < size) {
  ...
  unmapped = ops->unmap_pages(ops, iova + offset, pgsize, pgcount, NULL);
  ...
  }

@ unmap_in_one @
expression unmap.ops;
identifier unmap.iova, unmap.offset, unmap.size, unmap.unmapped, fn, vm, start;
type T;
position unmap.p;
statement S;
@@
  void fn(T *vm, ...)
  {
  ...
- u64 start = iova;
  ...
- while@p (offset < size) S
+ drm_dbg(&ptdev->base, "unmap: as=%d, iova=0x%llx, sz=%llu", vm->as.id, iova, size);
+
+ while (offset < size) {
+ 	size_t unmapped;
+
+ 	unmapped = io_pgtable_unmap_range(ops, iova + offset, size - offset, NULL);
+ 	offset += unmapped;
+ 	if (!drm_WARN_ON_ONCE(&ptdev->base, offset < size))
+ 		return;
+ 	panthor_vm_declare_unusable(vm);
+ 	/* The page is mapped, but cannot be unmapped. */
+ 	if (drm_WARN_ON_ONCE(&ptdev->base, ops->iova_to_phys(ops, iova + offset)))
+ 		return;
+ 	/* Continue after the hole, so that no page tables are left. */
+ 	while (offset < size && !ops->iova_to_phys(ops, iova + offset))
+ 		offset += SZ_4K;
+ }
  ...
  }

@ depends on map_in_one && unmap_in_one @
identifier map.get;
type T;
@@
- T get(...) { ... }
