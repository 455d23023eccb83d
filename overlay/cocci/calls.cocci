// SPDX-License-Identifier: GPL-2.0-only
//
// All drivers: call a table by functions of io-pgtable.h, which the architecture may
// patch into direct calls. The first argument of a call must be the table itself.

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
