// SPDX-License-Identifier: GPL-2.0-only
//
// Apple DART's formats register with the core, and can be a module. Only the
// registry refers to their functions.

@ header @
@@
+ #include <linux/io-pgtable-format.h>
  #include <linux/io-pgtable.h>

@ registration @
declarer name module_io_pgtable_formats, MODULE_ALIAS_IO_PGTABLE;
declarer name MODULE_DESCRIPTION, MODULE_LICENSE;
symbol io_pgtable_apple_dart_init_fns;
@@
+ static
  struct io_pgtable_init_fns io_pgtable_apple_dart_init_fns = { ..., };
+
+ static struct io_pgtable_format dart_formats[] = {
+ 	[0].fmt = APPLE_DART,
+ 	[0].fns = &io_pgtable_apple_dart_init_fns,
+ 	[1].fmt = APPLE_DART2,
+ 	[1].fns = &io_pgtable_apple_dart_init_fns,
+ };
+ module_io_pgtable_formats(dart_formats);
+
+ MODULE_ALIAS_IO_PGTABLE(APPLE_DART);
+ MODULE_ALIAS_IO_PGTABLE(APPLE_DART2);
+ MODULE_DESCRIPTION("io-pgtable formats: Apple DART");
+ MODULE_LICENSE("GPL");
