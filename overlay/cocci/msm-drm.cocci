// SPDX-License-Identifier: GPL-2.0-only
//
// msm (drm): hear why a table could not be made. The format is that of the
// SMMU that the GPU is behind, and its driver has it pinned. What a file's owner
// gets to see is never -EPROBE_DEFER: the SMMU, on whose behalf the table is
// made, is bound long since.

@ alloc_errno @
identifier pagetable, pgtbl_ops;
expression fmt, cfg, cookie, old;
@@
- pagetable->pgtbl_ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
+ pagetable->pgtbl_ops = io_pgtable_alloc(fmt, cfg, cookie);

- if (!pagetable->pgtbl_ops) {
+
+ if (IS_ERR(pagetable->pgtbl_ops)) {
+ 	int err = PTR_ERR(pagetable->pgtbl_ops);
+
  	kfree(pagetable);
- 	return ERR_PTR(old);
+ 	return ERR_PTR(err);
  }
