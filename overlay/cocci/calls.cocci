// SPDX-License-Identifier: GPL-2.0-only
//
// All drivers: call a table by functions of the header, which the architecture may
// patch into direct calls. The table is the first argument, too.

@@
expression table;
expression list arguments;
@@
(
- table->map_pages(table, arguments)
+ io_pgtable_map_pages(table, arguments)
|
- table->unmap_pages(table, arguments)
+ io_pgtable_unmap_pages(table, arguments)
|
- table->iova_to_phys(table, arguments)
+ io_pgtable_iova_to_phys(table, arguments)
)
