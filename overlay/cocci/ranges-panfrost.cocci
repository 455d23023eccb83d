// SPDX-License-Identifier: GPL-2.0-only
//
// panfrost: map and unmap each range in one call. The format knows its page sizes.

@ map @
expression ops, prot, gfp;
identifier iova, paddr, len, get, pgsize, pgcount, mapped;
position p;
@@
  while@p (len) {
  ...
  size_t pgsize = get(...);
  ...
  ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, &mapped);
  ...
  }

// A page that cannot be mapped is skipped without an error, as before.
@ map_in_one @
expression map.ops, map.prot, map.gfp;
identifier map.iova, map.paddr, map.len, map.mapped;
position map.p;
statement S;
@@
- while@p (len) S
+ while (len) {
+ 	size_t mapped = 0;
+
+ 	io_pgtable_map_range(ops, iova, paddr, len, prot, gfp, &mapped);
+ 	/* Skip a page that cannot be mapped. */
+ 	mapped = max(mapped, SZ_4K);
+ 	iova += mapped;
+ 	paddr += mapped;
+ 	len -= mapped;
+ }

@ unmap @
expression ops;
identifier bo, iova, len, unmapped_len, get, pgsize, pgcount, unmapped;
position p;
@@
  while@p (unmapped_len < len) {
  ...
  size_t pgsize = get(...);
  ...
  if (!bo->is_heap || ops->iova_to_phys(ops, iova)) {
  ...
  unmapped = ops->unmap_pages(ops, iova, pgsize, pgcount, NULL);
  ...
  }
  ...
  }

// A heap only has memory where the GPU has used it, in chunks of 2 MiB.
@ unmap_in_one @
expression unmap.ops;
identifier unmap.bo, unmap.iova, unmap.len, unmap.unmapped_len, unmap.unmapped;
position unmap.p;
statement S;
@@
- while@p (unmapped_len < len) S
+ while (unmapped_len < len) {
+ 	size_t unmapped;
+
+ 	unmapped = io_pgtable_unmap_range(ops, iova, len - unmapped_len, NULL);
+ 	if (!unmapped) {
+ 		WARN_ON(!bo->is_heap);
+ 		/* A heap is mapped in chunks of 2 MiB, where it is used. */
+ 		unmapped = bo->is_heap ? SZ_2M : SZ_4K;
+ 	}
+ 	iova += unmapped;
+ 	unmapped_len += unmapped;
+ }

@ depends on map_in_one && unmap_in_one @
identifier map.get;
type T;
@@
- T get(...) { ... }
