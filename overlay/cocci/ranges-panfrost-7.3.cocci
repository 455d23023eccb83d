// SPDX-License-Identifier: GPL-2.0-only
//
// panfrost, 7.3: as ranges-panfrost.cocci for 6.12. A map that fails is undone, including
// the pages that the failing call has mapped.

@ map @
expression ops, prot, gfp;
identifier iova, paddr, len, get, pgsize, pgcount, mapped, ret, total, out;
position p;
@@
  while@p (len) {
  ...
  size_t pgsize = get(...);
  ...
  ret = ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, &mapped);
  if (ret)
  	goto out;
  ...
  total += mapped;
  iova += mapped;
  ...
  }

@ map_in_one @
expression map.ops, map.prot, map.gfp;
identifier map.iova, map.paddr, map.len, map.ret, map.total, map.out;
position map.p;
statement S;
@@
- while@p (len) S
+ ret = io_pgtable_map_range(ops, iova, paddr, len, prot, gfp, &total);
+ if (ret)
+ 	goto out;
+ iova += len;

@ undo @
expression ops;
identifier iova, len, undone, get, pgsize, pgcount, unmapped;
position p;
@@
  while@p (undone < len) {
  ...
  pgsize = get(...);
  ...
  unmapped = ops->unmap_pages(ops, iova, pgsize, pgcount, NULL);
  ...
  }

@ undo_in_one @
expression undo.ops;
identifier undo.iova, undo.len, undo.undone, fn;
position undo.p;
statement S;
@@
  void fn(...)
  {
  ...
- while@p (undone < len) S
+ WARN_ON(io_pgtable_unmap_range(ops, iova, len, NULL) != len);
  }

@ depends on undo_in_one @
identifier undo.pgsize, undo.pgcount, undo_in_one.fn;
type T;
@@
  fn(...)
  {
  <...
(
- T pgsize;
|
- T pgcount;
)
  ...>
  }

@ depends on undo_in_one @
identifier undo.undone, undo.unmapped, undo_in_one.fn;
type T;
@@
  fn(...)
  {
  <...
(
- T undone = 0;
|
- T unmapped;
)
  ...>
  }

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

@ depends on map_in_one && undo_in_one && unmap_in_one @
identifier map.get;
type T;
@@
- T get(...) { ... }
