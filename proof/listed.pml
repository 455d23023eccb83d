/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table in debugfs: its entry, struct io_pgtable_listed, and its folder come and go by a work, the
 * table is freed at any time, and its files are opened, read and closed.
 *
 * Properties:
 *   entry_is_there: nobody takes the lock of an entry that is freed, gives it back, or queues its work
 *   table_is_there: nobody looks into a table that is freed
 *   nothing_stays: a table that is freed leaves neither an entry nor a folder
 *   no_hang: each process comes to its end, or can go on
 */
#ifndef LARGE
#define READERS	2
#define TIMES	2	/* that each opens a file; without end, they could keep the lock for ever */
#else
#define READERS	3
#define TIMES	2
#endif

/* struct io_pgtable_listed */
bool entry;		/* its memory is there */
bool lock;
bool iop;		/* it says that there is a table */
byte opens;
bool pending;		/* work_pending(&l->work) */

bool table = true;	/* the table's memory is there */
bool looked_up;		/* the entry is in io_pgtable_tables */
bool dir;		/* the folder: files can be opened */
byte in_files;		/* open() and read() that debugfs_remove() waits for */

hidden byte entry_is_there, table_is_there;

inline take_lock()
{
	assert(entry_is_there || entry);
	atomic { !lock -> lock = true }
}

inline drop_lock()
{
	assert(entry_is_there || entry);
	lock = false
}

inline queue()
{
	assert(entry_is_there || entry);
	pending = true
}

/* tables.c settle() */
active proctype work()
{
	bool gone, last;

end:	do
	:: atomic { pending -> pending = false };
		take_lock();				/*: scoped_guard(spinlock_irqsave, &l->lock) */
		gone = !iop;				/*: gone = !l->iop */
		last = gone && !opens && !pending;	/*: last = gone && !l->opens && !work_pending(work) */
		/*! entry_is_there: last = gone; */
		/*! entry_is_there: last = gone && !opens; */
		drop_lock();
		if
		:: !gone && !dir -> dir = true		/*: make_folder(l) */
		:: else
		fi;
		if
		:: last ->				/*: if (last) */
			dir = false;			/*: debugfs_remove(l->dir) */
			in_files == 0;
			/*! entry_is_there: skip; */
			assert(entry_is_there || entry);
			entry = false			/*: kfree(l) */
		:: else
		fi
	od
}

/* A driver that makes the table and frees it */
active proctype driver()
{
	/* tables.c io_pgtable_list() */
	entry = true;					/*: *l = entry_new(iop) */
	iop = true;
	looked_up = true;				/*: xa_insert_irq(&io_pgtable_tables, iop->number, l, */
	queue();					/*: queue_work(system_long_wq, &l->work) */
	/* tables.c io_pgtable_unlist() */
	looked_up = false;				/*: l = __xa_erase(&io_pgtable_tables, iop->number) */
	take_lock();					/*: scoped_guard(spinlock_irqsave, &l->lock) */
	iop = false;					/*: l->iop = NULL */
	/*! table_is_there: skip; */
	queue();					/*: queue_work(system_long_wq, &l->work) */
	/*! nothing_stays: skip; */
	drop_lock();
	/*! no_hang: skip; */
	/* core.c free_io_pgtable_ops() */
	table = false					/*: f->fns->free(iop) */
}

/* A process that reads a file of the folder. debugfs_file_get() fails once the folder is removed. */
active [READERS] proctype reader()
{
	bool is_open;
	byte times;

end:	do
	:: atomic { dir && times < TIMES -> in_files++; times++ };
		/* tables.c io_pgtable_listed_open() */
		take_lock();				/*: scoped_guard(spinlock_irqsave, &l->lock) */
		if
		:: !iop -> is_open = false		/*: return -ENODEV */
		:: else ->
			opens++;			/*: l->opens++ */
			is_open = true
		fi;
		drop_lock();
		if
		:: is_open ->
			in_files--;
			/* dump.c look_locked() */
			take_lock();			/*: lockdep_assert_held(&d->l->lock) */
			if				/*: if (!d->l->iop) */
			:: iop -> assert(table_is_there || table)	/*: iop = io_pgtable_with_descriptors(d->l->iop) */
			:: else
			fi;
			drop_lock();
			/* tables.c io_pgtable_listed_release() */
			take_lock();			/*: scoped_guard(spinlock_irqsave, &l->lock) */
			opens--;			/*: l->opens-- */
			if
			:: !iop && !opens -> queue()	/*: else if (!l->opens) */
			/*! nothing_stays: :: false */
			:: else
			fi;
			drop_lock()
		:: else -> in_files--
		fi;
		is_open = false
	od
}

ltl nothing_stays { [] (!table -> <> (!entry && !dir)) }
