// SPDX-License-Identifier: GPL-2.0-only
//
// arm-smmu-v3: have the formats before anything is built on them, hear why a
// table could not be made, and tell initramfs tools what to pack.

// Probe is where a missing format can still be waited for. Later, an error
// would fail the whole SMMU, or a device attached to it, for good.
@ get_formats exists @
identifier fn, pdev, dev, ret, smmu;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  struct device *dev = &pdev->dev;
  ...
  ret = arm_smmu_device_hw_probe(smmu);
  if (ret)
  	return ret;
+
+ 	/* Pin the formats of the tables that this SMMU can walk, or wait for them */
+ 	if (smmu->features & ARM_SMMU_FEAT_TRANS_S1) {
+ 		ret = devm_io_pgtable_get_format(dev, ARM_64_LPAE_S1);
+ 		if (ret)
+ 			return ret;
+ 	}
+ 	if (smmu->features & ARM_SMMU_FEAT_TRANS_S2) {
+ 		ret = devm_io_pgtable_get_format(dev, ARM_64_LPAE_S2);
+ 		if (ret)
+ 			return ret;
+ 	}
  ... when any
  }

@ alloc_errno @
expression ops, fmt, cfg, cookie;
@@
- ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- if (!ops)
- 	return -ENOMEM;
+ ops = io_pgtable_alloc(fmt, cfg, cookie);
+ if (IS_ERR(ops))
+ 	return PTR_ERR(ops);

@ softdep @
declarer name MODULE_ALIAS;
declarer name MODULE_SOFTDEP;
expression alias;
@@
  MODULE_ALIAS(alias);
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
