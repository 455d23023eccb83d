// SPDX-License-Identifier: GPL-2.0-only
//
// msm_iommu: pin the format in probe, return the cause if a table cannot be
// allocated, and declare a soft dependency for initramfs tools.

@ get_format exists @
identifier fn, pdev, ret;
expression data, err;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  data = devm_kzalloc(...);
  if (!data)
  	return err;
+
+ 	ret = devm_io_pgtable_get_default_format(&pdev->dev, ARM_V7S);
+ 	if (ret)
+ 		return ret;
  ... when any
  ret = iommu_device_register(...);
  ... when any
  }

@ alloc_errno @
identifier config, priv, iop;
type T;
expression fmt, cfg, cookie, err;
@@
  int config(T *priv)
  {
+ 	struct io_pgtable_ops *ops;
+
  ...
- 	priv->iop = alloc_io_pgtable_ops(fmt, cfg, cookie);
- 	if (!priv->iop) {
+ 	ops = io_pgtable_alloc(fmt, cfg, cookie);
+ 	if (IS_ERR(ops)) {
  	...
- 	return err;
+ 	return PTR_ERR(ops);
  	}
+ 	priv->iop = ops;
  ...
  }

// The attach went on without a table.
@ attach_errno @
identifier alloc_errno.config, ret;
expression priv;
@@
  int ret = 0;
  ...
- config(priv);
+ ret = config(priv);
+ if (ret)
+ 	return ret;

// The table is freed after the contexts that walk it are reset. The pointer is
// cleared, so that a failure of the next attach leaves no pointer to a freed table.
@ detach @
expression priv, lock, flags;
identifier ret;
@@
- free_io_pgtable_ops(priv->iop);
  ... when any
  spin_unlock_irqrestore(lock, flags);
+
+ 	if (!ret) {
+ 		free_io_pgtable_ops(priv->iop);
+ 		priv->iop = NULL;
+ 	}
  return ret;

@ map_needs_table @
type T;
expression priv, flags;
identifier ret;
@@
  T ret;
+
+ 	if (!priv->iop)
+ 		return -ENODEV;
  spin_lock_irqsave(&priv->pgtlock, flags);
  ret = priv->iop->map_pages(...);

@ unmap_needs_table @
type T;
expression priv, flags;
identifier ret;
@@
  T ret;
+
+ 	if (!priv->iop)
+ 		return 0;
  spin_lock_irqsave(&priv->pgtlock, flags);
  ret = priv->iop->unmap_pages(...);

// Keeps alphabetical order, if the header that comes next is included.
@ header @
@@
+ #include <linux/module.h>
  #include <linux/platform_device.h>

@ header_anywhere depends on !header @
@@
  #include <linux/io-pgtable.h>
+ #include <linux/module.h>

@ softdep @
declarer name builtin_platform_driver;
declarer name MODULE_SOFTDEP;
identifier driver;
@@
  builtin_platform_driver(driver);
+ MODULE_SOFTDEP("pre: io-pgtable-arm-v7s");
