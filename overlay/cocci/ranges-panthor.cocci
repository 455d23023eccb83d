// SPDX-License-Identifier: GPL-2.0-only
//
// panthor: map and unmap each range in one call. The format knows its page sizes.

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
identifier map.iova, map.paddr, map.len, map.mapped, map.ret, fn, vm, start;
type T;
position map.p;
statement S;
@@
  int fn(T *vm, ...)
  {
  ...
  u64 start = iova;
  <...
- while@p (len) S
+ ret = io_pgtable_map_range(ops, iova, paddr, len, prot, gfp, &mapped);
+ iova += mapped;
+ if (ret) {
+ 	/* Unmap again, which does not fail. */
+ 	drm_WARN_ON(&ptdev->base, panthor_vm_unmap_pages(vm, start, iova - start));
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
identifier unmap.iova, unmap.offset, unmap.size, unmap.unmapped, fn, vm;
type T;
position unmap.p;
statement S;
@@
  int fn(T *vm, ...)
  {
  ...
- u64 offset = 0;
+ size_t unmapped;
  ...
- while@p (offset < size) S
+ unmapped = io_pgtable_unmap_range(ops, iova, size, NULL);
+ if (drm_WARN_ON(&ptdev->base, unmapped != size)) {
+ 	drm_err(&ptdev->base, "unmapped 0x%zx of 0x%llx bytes at 0x%llx\n", unmapped, size, iova);
+ 	panthor_vm_flush_range(vm, iova, unmapped);
+ 	return -EINVAL;
+ }
  ...
  }

@ depends on map_in_one && unmap_in_one @
identifier map.get;
type T;
@@
- T get(...) { ... }
