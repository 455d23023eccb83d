// SPDX-License-Identifier: GPL-2.0-only
//
// For `make series`, until the file is removed: the kernel's own LPAE and Mali formats
// register with the core, with a lower priority than the new implementations.

@ header @
@@
+ #include <linux/io-pgtable-format.h>
  #include <linux/io-pgtable.h>

@ static_64_s1 @
symbol io_pgtable_arm_64_lpae_s1_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_arm_64_lpae_s1_init_fns = { ..., };

@ static_64_s2 @
symbol io_pgtable_arm_64_lpae_s2_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_arm_64_lpae_s2_init_fns = { ..., };

@ static_32_s1 @
symbol io_pgtable_arm_32_lpae_s1_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_arm_32_lpae_s1_init_fns = { ..., };

@ static_32_s2 @
symbol io_pgtable_arm_32_lpae_s2_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_arm_32_lpae_s2_init_fns = { ..., };

@ registration @
declarer name module_io_pgtable_formats;
symbol io_pgtable_arm_mali_lpae_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_arm_mali_lpae_init_fns = { ..., };
+
+ static struct io_pgtable_format lpae_formats[] = {
+ 	[0].fmt = ARM_64_LPAE_S1,
+ 	[0].fns = &io_pgtable_arm_64_lpae_s1_init_fns,
+ 	[0].priority = IO_PGTABLE_PRIORITY_DEFAULT - 1,
+ 	[1].fmt = ARM_64_LPAE_S2,
+ 	[1].fns = &io_pgtable_arm_64_lpae_s2_init_fns,
+ 	[1].priority = IO_PGTABLE_PRIORITY_DEFAULT - 1,
+ 	[2].fmt = ARM_32_LPAE_S1,
+ 	[2].fns = &io_pgtable_arm_32_lpae_s1_init_fns,
+ 	[2].priority = IO_PGTABLE_PRIORITY_DEFAULT - 1,
+ 	[3].fmt = ARM_32_LPAE_S2,
+ 	[3].fns = &io_pgtable_arm_32_lpae_s2_init_fns,
+ 	[3].priority = IO_PGTABLE_PRIORITY_DEFAULT - 1,
+ 	[4].fmt = ARM_MALI_LPAE,
+ 	[4].fns = &io_pgtable_arm_mali_lpae_init_fns,
+ 	[4].priority = IO_PGTABLE_PRIORITY_DEFAULT - 1,
+ };
+ module_io_pgtable_formats(lpae_formats);
