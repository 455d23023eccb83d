/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of io-pgtable: page tables, and implementations of formats.
 *
 * The field "table" is &io_pgtable.number; it is 0 for a table that another table builds on. The
 * field "device" is &io_pgtable_cfg.iommu_dev, or the device whose driver pins the format.
 * format_of(), module_of() and io_pgtable_device_name() are defined where trace.c includes this.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM io_pgtable

#if !defined(_TRACE_IO_PGTABLE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IO_PGTABLE_H

#include <linux/iommu.h>
#include <linux/tracepoint.h>

struct device;
struct io_pgtable;
struct io_pgtable_format;

/*
 * Implementations of formats
 */

DECLARE_EVENT_CLASS(io_pgtable_registry,
	TP_PROTO(const struct io_pgtable_format *f, int result),
	TP_ARGS(f, result),
	TP_STRUCT__entry(
		__string(format, f->id)
		__string(module, module_name(f->owner))
		__field(int, priority)
		__field(int, result)
	),
	TP_fast_assign(
		__assign_str(format);
		__assign_str(module);
		__entry->priority = f->priority;
		__entry->result = result;
	),
	TP_printk("format %s module %s priority %d: %d", __get_str(format), __get_str(module),
		  __entry->priority, __entry->result)
);

DEFINE_EVENT(io_pgtable_registry, io_pgtable_register,
	TP_PROTO(const struct io_pgtable_format *f, int result),
	TP_ARGS(f, result)
);

DEFINE_EVENT(io_pgtable_registry, io_pgtable_unregister,
	TP_PROTO(const struct io_pgtable_format *f, int result),
	TP_ARGS(f, result)
);

/* @table is 0 if a driver (of @dev) pins the implementation, or a table without a number does. */
TRACE_EVENT(io_pgtable_pin,
	TP_PROTO(const char *format, const struct io_pgtable_format *f,
		 const struct device *dev, unsigned int table, bool driver),
	TP_ARGS(format, f, dev, table, driver),
	TP_STRUCT__entry(
		__field(unsigned int, table)
		__field(bool, driver)
		__string(format, format)
		__string(module, module_name(f->owner))
		__string(device, io_pgtable_device_name(dev))
	),
	TP_fast_assign(
		__entry->table = table;
		__entry->driver = driver;
		__assign_str(format);
		__assign_str(module);
		__assign_str(device);
	),
	TP_printk("table %u: format %s module %s device %s: by %s", __entry->table,
		  __get_str(format), __get_str(module), __get_str(device),
		  __entry->driver ? "driver" : "table")
);

/*
 * Missing formats
 */

DECLARE_EVENT_CLASS(io_pgtable_missing,
	TP_PROTO(const char *format, const struct device *dev),
	TP_ARGS(format, dev),
	TP_STRUCT__entry(
		__string(format, format)
		__string(device, io_pgtable_device_name(dev))
	),
	TP_fast_assign(
		__assign_str(format);
		__assign_str(device);
	),
	TP_printk("format %s device %s", __get_str(format), __get_str(device))
);

/* -EPROBE_DEFER: the format may still become available. */
DEFINE_EVENT(io_pgtable_missing, io_pgtable_defer,
	TP_PROTO(const char *format, const struct device *dev),
	TP_ARGS(format, dev)
);

/* -ENOENT: the format cannot become available, or the caller is not in probe and cannot wait. */
DEFINE_EVENT(io_pgtable_missing, io_pgtable_absent,
	TP_PROTO(const char *format, const struct device *dev),
	TP_ARGS(format, dev)
);

/*
 * Page tables
 */

/* @table is 0 on error, too. */
TRACE_EVENT(io_pgtable_alloc,
	TP_PROTO(const char *format, const struct io_pgtable_format *f,
		 const struct device *dev, unsigned int table, int result),
	TP_ARGS(format, f, dev, table, result),
	TP_STRUCT__entry(
		__field(unsigned int, table)
		__field(int, result)
		__string(format, format)
		__string(module, module_name(f->owner))
		__string(device, io_pgtable_device_name(dev))
	),
	TP_fast_assign(
		__entry->table = table;
		__entry->result = result;
		__assign_str(format);
		__assign_str(module);
		__assign_str(device);
	),
	TP_printk("table %u: format %s module %s device %s: %d", __entry->table,
		  __get_str(format), __get_str(module), __get_str(device), __entry->result)
);

TRACE_EVENT(io_pgtable_free,
	TP_PROTO(const struct io_pgtable *iop),
	TP_ARGS(iop),
	TP_STRUCT__entry(
		__field(unsigned int, table)
		__string(format, format_of(iop))
		__string(module, module_of(iop))
		__string(device, io_pgtable_device_name(iop->cfg.iommu_dev))
	),
	TP_fast_assign(
		__entry->table = iop->number;
		__assign_str(format);
		__assign_str(module);
		__assign_str(device);
	),
	TP_printk("table %u: format %s module %s device %s", __entry->table,
		  __get_str(format), __get_str(module), __get_str(device))
);

/* The page size is 0 if the format chooses page sizes (map_range). */
TRACE_EVENT(io_pgtable_map,
	TP_PROTO(const struct io_pgtable *iop, unsigned long iova, phys_addr_t paddr,
		 size_t size, size_t pgsize, int prot, size_t mapped, int result),
	TP_ARGS(iop, iova, paddr, size, pgsize, prot, mapped, result),
	TP_STRUCT__entry(
		__field(unsigned int, table)
		__field(int, prot)
		__field(u64, iova)
		__field(u64, paddr)
		__field(u64, size)
		__field(u64, pgsize)
		__field(u64, pgcount)
		__field(u64, mapped)
		__field(int, result)
		__string(format, format_of(iop))
		__string(module, module_of(iop))
		__string(device, io_pgtable_device_name(iop->cfg.iommu_dev))
	),
	TP_fast_assign(
		__entry->table = iop->number;
		__entry->prot = prot;
		__entry->iova = iova;
		__entry->paddr = paddr;
		__entry->size = size;
		__entry->pgsize = pgsize;
		__entry->pgcount = pgsize ? size / pgsize : 0;
		__entry->mapped = mapped;
		__entry->result = result;
		__assign_str(format);
		__assign_str(module);
		__assign_str(device);
	),
	TP_printk("table %u: iova 0x%llx paddr 0x%llx size %llu pgsize %llu pgcount %llu prot %s: mapped %llu, %d",
		  __entry->table, __entry->iova, __entry->paddr, __entry->size,
		  __entry->pgsize, __entry->pgcount,
		  __print_flags(__entry->prot, "|",
				{ IOMMU_READ, "read" }, { IOMMU_WRITE, "write" },
				{ IOMMU_CACHE, "cache" }, { IOMMU_NOEXEC, "noexec" },
				{ IOMMU_MMIO, "mmio" }, { IOMMU_PRIV, "priv" }),
		  __entry->mapped, __entry->result)
);

TRACE_EVENT(io_pgtable_unmap,
	TP_PROTO(const struct io_pgtable *iop, unsigned long iova, size_t size,
		 size_t pgsize, size_t unmapped),
	TP_ARGS(iop, iova, size, pgsize, unmapped),
	TP_STRUCT__entry(
		__field(unsigned int, table)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, pgsize)
		__field(u64, pgcount)
		__field(u64, unmapped)
		__string(format, format_of(iop))
		__string(module, module_of(iop))
		__string(device, io_pgtable_device_name(iop->cfg.iommu_dev))
	),
	TP_fast_assign(
		__entry->table = iop->number;
		__entry->iova = iova;
		__entry->size = size;
		__entry->pgsize = pgsize;
		__entry->pgcount = pgsize ? size / pgsize : 0;
		__entry->unmapped = unmapped;
		__assign_str(format);
		__assign_str(module);
		__assign_str(device);
	),
	TP_printk("table %u: iova 0x%llx size %llu pgsize %llu pgcount %llu: unmapped %llu",
		  __entry->table, __entry->iova, __entry->size, __entry->pgsize,
		  __entry->pgcount, __entry->unmapped)
);

TRACE_EVENT(io_pgtable_flush_walk,
	TP_PROTO(const struct io_pgtable *iop, unsigned long iova, size_t size,
		 size_t granule),
	TP_ARGS(iop, iova, size, granule),
	TP_STRUCT__entry(
		__field(unsigned int, table)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, granule)
		__string(format, format_of(iop))
		__string(module, module_of(iop))
		__string(device, io_pgtable_device_name(iop->cfg.iommu_dev))
	),
	TP_fast_assign(
		__entry->table = iop->number;
		__entry->iova = iova;
		__entry->size = size;
		__entry->granule = granule;
		__assign_str(format);
		__assign_str(module);
		__assign_str(device);
	),
	TP_printk("table %u: iova 0x%llx size %llu granule %llu", __entry->table,
		  __entry->iova, __entry->size, __entry->granule)
);

#endif /* _TRACE_IO_PGTABLE_H */

#include <trace/define_trace.h>
