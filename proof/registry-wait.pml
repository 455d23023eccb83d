/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device waits for its format: the probe looks for the format, requests the module, and defers or
 * gives up. Meanwhile the module is loaded and unloaded. One module has one format.
 *
 * The model includes these parts of the kernel: delete_module(), finit_module(), modprobe, and
 * deferred probes.
 *
 * Properties:
 *   absent_is_final: a probe never gets -ENOENT if modprobe finds the module
 *   open_window_defers: a probe never gets -ENOENT while the kernel still waits for modules
 *   never_defers_outside_probe: -EPROBE_DEFER is never returned outside of a probe
 *   no_lost_wakeup: if only a person can load the module, and the module stays loaded, a waiting
 *	device is probed again and gets the format, unless the device got -ENOENT before
 *   comes_if_reachable: if modprobe finds the module, each device gets the format, even if the
 *	module is unloaded meanwhile
 *   gives_up: once the kernel has stopped waiting for modules, a device gets the format or -ENOENT,
 *	if the device is not probed by an async thread and the module is not unloaded
 *   no_hang: no process waits for ever for another process, for example for async work
 */
#define DEVICES		1
#ifndef LARGE
#define UNLOADS		1	/* requests to unload the module */
#else
#define UNLOADS		2
#endif

/* The module */
mtype:state = { GONE, COMING, LIVE, GOING, UNFORMED };
mtype:state state = GONE;
byte refs;		/* module.refcnt: MODULE_REF_BASE is 1, and 0 is an unload */
bool module_mutex;
bool listed;		/* the format is in io_pgtable_formats */
bool departed;		/* the format's address is in departed[] and still belongs to this module */
bool has_departed;	/* departures is not 0 */
mtype:file = { UNKNOWN, REACHABLE, UNREACHABLE };
mtype:file file = UNKNOWN;	/* whether request_module() finds the module's file */

/* The devices. Process d is device d; LOADER is the work of io_pgtable_load_later(). */
#define LOADER		DEVICES
mtype:list = { NOWHERE, PENDING, ACTIVE };
mtype:list list[DEVICES] = NOWHERE;
mtype:answer = { NONE, FOUND, DEFER, ABSENT };
mtype:answer answer[DEVICES] = NONE;
bool is_async[DEVICES];	/* probed by an async thread */
bool probing[DEVICES];
bool triggered[DEVICES];	/* deferred_trigger_count has changed since this probe began */
byte asyncs;		/* async entries that async_synchronize_full() waits for */
bool has_left[DEVICES + 1];	/* departures has changed since format_get() last read departures */
bool window_open = true;
bool load_later;	/* a struct load is queued */

hidden byte absent_is_final, never_defers_outside_probe, open_window_defers;

#define PINNABLE	(listed && refs && state != GOING)

/*
 * Other parts of the kernel
 */

/* dd.c driver_deferred_probe_trigger() */
inline trigger()
{
	d_step {
		dev = 0;
		do
		:: dev < DEVICES ->
			triggered[dev] = true;		/*: atomic_inc(&deferred_trigger_count) */
			if
			:: list[dev] == PENDING -> list[dev] = ACTIVE	/*: list_splice_tail_init( */
			:: else
			fi;
			dev++
		:: else -> break
		od;
		dev = 0
	}
}

/* core.c __io_pgtable_register_formats() */
inline register_format()
{
	listed = true;				/*: ret = registry_insert(&formats[i]) */
	trigger()				/*: driver_deferred_probe_trigger() */
	/*! no_lost_wakeup: skip */
}

/* main.c do_init_module() */
inline init_module()
{
	register_format();			/*: do_one_initcall(mod->init) */
	state = LIVE;				/*: mod->state = MODULE_STATE_LIVE */
	asyncs == 0;				/*: async_synchronize_full() */
	refs--					/*: module_put(mod) */
}

/* modprobe considers a live module loaded. For a module in another state the kernel decides. */
inline modprobe()
{
	if
	:: state == LIVE
	:: else ->
		/* main.c module_patient_check_exists() */
		if
		:: atomic { !module_mutex && state == GONE -> state = COMING; refs = 2 }	/*: return 0 */
			init_module()
		:: !module_mutex && (state == COMING || state == UNFORMED) ->	/*: old->state == MODULE_STATE_UNFORMED */
			(state == GONE || state == LIVE || state == GOING)	/*: finished_loading(name) */
		:: !module_mutex && (state == LIVE || state == GOING)	/*: return -EBUSY */
		fi
	fi
}

/* core.c io_pgtable_unregister_formats() */
inline unregister_format()
{
	d_step {
		listed = false;				/*: registry_remove(&formats[i]) */
		departed = true;			/*: departed[departures % ARRAY_SIZE(departed)] = formats */
		has_departed = true;			/*: WRITE_ONCE(departures, departures + 1) */
		dev = 0;
		do
		:: dev <= LOADER -> has_left[dev] = true; dev++
		:: else -> break
		od;
		dev = 0
	}
}

/* main.c delete_module() */
inline rmmod()
{
	if
	/* main.c try_stop_module() */
	:: atomic {					/*: try_release_module_ref(mod) */
		!module_mutex && state == LIVE && refs == 1 -> module_mutex = true; refs = 0
	   }
		atomic { state = GOING; module_mutex = false }	/*: mod->state = MODULE_STATE_GOING */
		/* main.c delete_module() */
		unregister_format();			/*: mod->exit() */
		asyncs == 0;				/*: async_synchronize_full() */
		/* main.c free_module() */
		atomic {				/*: mod->state = MODULE_STATE_UNFORMED */
			!module_mutex ->
			state = UNFORMED;
			departed = false		/* __module_address() no longer finds the module */
		}
		atomic { !module_mutex -> state = GONE }	/*: list_del_rcu(&mod->list) */
	:: !module_mutex && !(state == LIVE && refs == 1)
	fi
}

/*
 * io-pgtable
 */

/* core.c format_is_leaving() */
#define LISTED_LEAVES	(listed && refs == 0)	/*: module_refcount(f->owner) < 0 */
/*! absent_is_final: (listed && state == GOING) */
#define DEPARTED_LEAVES	(departed && state == GOING)	/*: !module_is_live(module) */
/*! absent_is_final: false */

/* core.c io_pgtable_request_module() */
#define CANNOT_WAIT(async)	(async)		/*: current_is_async() */
/*! no_hang: false */

/* core.c io_pgtable_load_later() */
inline queue_load()
{
	load_later = true			/*: queue_work(system_long_wq, &load->work) */
	/*! comes_if_reachable: skip */
}

/* core.c format_get() */
inline format_get(me, in_async, in_probe)
{
	asks = 1;				/*: unsigned int asks = 1 */
	answered = true;			/*: bool answered = true */
	has_left[me] = has_departed;
	do
	:: atomic {				/*: f = format_pin(id, NULL, true) */
		PINNABLE -> refs++; result = FOUND
	   }
	   break
	:: atomic { !PINNABLE -> skip }
	   atomic {				/*: leaving = format_is_leaving(id) */
		leaving = LISTED_LEAVES || DEPARTED_LEAVES
	   }
	   if
	   :: leaving && !in_async		/*: leaving && patience */
	   :: !leaving || in_probe ->		/* a probe's patience may end, that of the work does not */
	      answered = answered && !leaving;	/*: answered &= !leaving */
	      /*! absent_is_final: skip; */
	      if				/*: seen != READ_ONCE(departures) */
	      :: has_left[me] -> has_left[me] = false; asks = 2	/*: asks = 2 */
	      /*! absent_is_final: :: has_left[me] -> has_left[me] = false; asks = 1 */
	      :: else ->			/*: continue */
		if
		:: asks == 0 -> break		/*: if (!asks--) */
		:: else -> asks--
		fi;
		if				/*: answered &= io_pgtable_request_module(id) */
		:: CANNOT_WAIT(in_async) -> answered = false
		:: else ->
			if
			:: file == REACHABLE -> modprobe()
			:: else
			fi
		fi
	      fi
	   fi
	od;
	if
	:: result == FOUND
	:: else ->
		if
		:: !answered -> queue_load()	/*: io_pgtable_load_later(id) */
		:: else
		fi;
		if
		:: !in_probe || (answered && !window_open) ->	/*: !io_pgtable_window_open(prober) */
		/*! never_defers_outside_probe: :: answered && !window_open -> */
		/*! open_window_defers: :: !in_probe || answered -> */
		/*! gives_up: :: !in_probe -> */
			result = ABSENT		/*: return ERR_PTR(-ENOENT) */
		:: else -> result = DEFER	/*: return ERR_PTR(-EPROBE_DEFER) */
		fi
	fi;
	d_step { asks = 0; leaving = false; answered = false; has_left[me] = false }
}

/* dd.c driver_probe_device() */
inline probe(me)
{
	triggered[me] = false;			/*: trigger_count = atomic_read(&deferred_trigger_count) */
	format_get(me, is_async[me], true);	/*: ret = __driver_probe_device(drv, dev) */
	assert(absent_is_final || result != ABSENT || file != REACHABLE);
	assert(open_window_defers || result != ABSENT || !window_open);
	if
	:: result == DEFER ->
		d_step {			/*: driver_deferred_probe_add(dev) */
			if
			:: list[me] == NOWHERE -> list[me] = PENDING
			:: else
			fi
		}
		if				/*: trigger_count != atomic_read(&deferred_trigger_count) */
		:: triggered[me] -> trigger()	/*: driver_deferred_probe_trigger() */
		/*! no_lost_wakeup: :: triggered[me] */
		:: else
		fi
	:: else
	fi;
	atomic {
		answer[me] = result;
		result = NONE;
		probing[me] = false;
		asyncs = asyncs - is_async[me]
	}
}

active [DEVICES] proctype device()
{
	byte asks, dev;
	bool leaving, answered;
	mtype:answer result = NONE;

end:	do
	:: probing[_pid] -> probe(_pid)
	od
}

/* dd.c deferred_probe_work_func() */
active proctype deferred_probes()
{
	byte dev;

end:	do
	:: atomic {
		(list[0] == ACTIVE || list[DEVICES - 1] == ACTIVE) ->
		dev = (list[0] == ACTIVE -> 0 : DEVICES - 1);
		list[dev] = NOWHERE		/*: list_del_init(&private->deferred_probe) */
	   }
	   atomic {				/*: bus_probe_device */
		!probing[dev] ->
		if
		:: answer[dev] != FOUND && answer[dev] != ABSENT ->
			asyncs = asyncs + is_async[dev];
			probing[dev] = true
		:: else
		fi
	   }
	   is_async[dev] || !probing[dev]
	od
}

/* core.c load_format() */
active proctype loader()
{
	byte asks, dev;
	bool leaving, answered;
	mtype:answer result = NONE;

end:	do
	:: load_later ->
		load_later = false;
		format_get(LOADER, false, false);	/*: format_get(io_pgtable_id_of(0, load->name), NULL) */
		assert(never_defers_outside_probe || result != DEFER);
		if
		:: result == FOUND -> refs--		/*: format_unpin(f) */
		:: else
		fi;
		result = NONE
	od
}

/* The kernel stops waiting for modules: deferred_probe_timeout. */
active proctype timeout_of_window()
{
	byte dev;

	if
	:: window_open = false; trigger()
	:: true
	fi
}

/* A person loads and unloads the module. */
active proctype person()
{
	byte unloads, dev;

	do
	:: modprobe()
	:: unloads < UNLOADS -> unloads++; rmmod()
	:: break
	od
}

init {
	byte dev;

	atomic {
		if
		:: file = REACHABLE
		:: file = UNREACHABLE
		fi;
		do
		:: dev < DEVICES ->
			if
			:: is_async[dev] = true; asyncs++
			:: skip
			fi;
			probing[dev] = true;
			dev++
		:: else -> break
		od
	}
}

#define ANSWERED(d)	(answer[d] == FOUND || answer[d] == ABSENT)

ltl no_lost_wakeup { (([] (file != REACHABLE)) && (<> [] (listed && state == LIVE))) -> (<> ANSWERED(0)) }
ltl comes_if_reachable { ([] (file != UNREACHABLE)) -> (<> (answer[0] == FOUND)) }
ltl gives_up { ((<> !window_open) && ([] (!is_async[0] && state != GOING))) -> (<> ANSWERED(0)) }
