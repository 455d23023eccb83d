// SPDX-License-Identifier: GPL-2.0-only
//
// AMD's formats are part of AMD's built-in driver. They register with the core as
// a module would. Only the registry refers to their functions.

@ header @
@@
+ #include <linux/io-pgtable-format.h>
  #include <linux/io-pgtable.h>

@ registration_v1 @
declarer name module_io_pgtable_formats;
symbol io_pgtable_amd_iommu_v1_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_amd_iommu_v1_init_fns = { ..., };
+
+ static struct io_pgtable_format amd_v1_formats[] = {
+ 	[0].fmt = AMD_IOMMU_V1,
+ 	[0].fns = &io_pgtable_amd_iommu_v1_init_fns,
+ };
+ module_io_pgtable_formats(amd_v1_formats);

@ registration_v2 @
declarer name module_io_pgtable_formats;
symbol io_pgtable_amd_iommu_v2_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_amd_iommu_v2_init_fns = { ..., };
+
+ static struct io_pgtable_format amd_v2_formats[] = {
+ 	[0].fmt = AMD_IOMMU_V2,
+ 	[0].fns = &io_pgtable_amd_iommu_v2_init_fns,
+ };
+ module_io_pgtable_formats(amd_v2_formats);
