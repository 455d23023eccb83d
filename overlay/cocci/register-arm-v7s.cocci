// SPDX-License-Identifier: GPL-2.0-only
//
// For `make series`, until the file is removed: the kernel's own v7s format registers
// with the core, with a lower priority than the new implementation.

@ header @
@@
+ #include <linux/io-pgtable-format.h>
  #include <linux/io-pgtable.h>

@ registration @
declarer name module_io_pgtable_formats;
symbol io_pgtable_arm_v7s_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_arm_v7s_init_fns = { ..., };
+
+ static struct io_pgtable_format v7s_formats[] = {
+ 	[0].fmt = ARM_V7S,
+ 	[0].fns = &io_pgtable_arm_v7s_init_fns,
+ 	[0].priority = IO_PGTABLE_PRIORITY_DEFAULT - 1,
+ };
+ module_io_pgtable_formats(v7s_formats);
