// SPDX-License-Identifier: GPL-2.0-only
//
// msm (drm): return the cause if a table cannot be allocated. The table has the
// format of the GPU's SMMU, whose driver has pinned the format. User space never
// gets -EPROBE_DEFER, since the SMMU is bound before the table is made.

@ alloc_errno @
identifier pagetable, pgtbl_ops;
expression fmt, cfg, cookie, old;
@@
- pagetable->pgtbl_ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
+ pagetable->pgtbl_ops = io_pgtable_alloc(fmt, cfg, cookie);
  if (
- 	!pagetable->pgtbl_ops
+ 	IS_ERR(pagetable->pgtbl_ops)
  ) {
+ 	int err = PTR_ERR(pagetable->pgtbl_ops);
+
  	kfree(pagetable);
- 	return ERR_PTR(old);
+ 	return ERR_PTR(err);
  }
