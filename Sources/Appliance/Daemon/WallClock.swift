import CLinux
import Dump
import Glibc
import Model
import Pipeline

/// The time of day, and being woken at a moment of it.
package protocol WallClock: Sendable {
    var now: Timestamp { get }

    /// One element whenever something may have to be done: the moment asked for has come, or the clock was set.
    /// For one listener.
    var wakeups: AsyncStream<Void> { get }

    /// Asks to be woken at that moment, in place of the last one asked for.
    func wake(at time: Timestamp)
}

/// The machine's clock. A timer of the kernel wakes it, also after sleep and when somebody sets the clock
/// (`TFD_TIMER_CANCEL_ON_SET`, timerfd_create(2)): nothing has to look at the time now and then.
package final class SystemClock: WallClock {
    package let wakeups: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let timer: Int32
    private let end: Int32

    package init() throws(NightjarError) {
        timer = timerfd_create(CLOCK_REALTIME, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        end = eventfd(0, Int32(EFD_CLOEXEC))
        guard timer >= 0, end >= 0 else {
            throw NightjarError(.internal, "no timer: \(String(cString: strerror(errno)))")
        }
        (wakeups, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        watch()
    }

    deinit {
        // The thread closes the timer when it has gone.
        var one: UInt64 = 1
        _ = write(end, &one, 8)
    }

    package var now: Timestamp { .now }

    package func wake(at time: Timestamp) {
        var setting = itimerspec()
        // Zero would switch the timer off.
        setting.it_value.tv_sec = Int(max(time.seconds, 1))
        let flags = Int32(TFD_TIMER_ABSTIME) | Int32(TFD_TIMER_CANCEL_ON_SET)
        // ECANCELED: the clock was set since the last time; the timer runs, but whoever asked looked at the old time.
        if timerfd_settime(timer, flags, &setting, nil) != 0 && errno == ECANCELED { continuation.yield() }
    }

    private func watch() {
        let continuation = continuation
        let timer = timer
        let end = end
        DedicatedThread.start {
            while true {
                var waiting = [
                    pollfd(fd: timer, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: end, events: Int16(POLLIN), revents: 0),
                ]
                guard poll(&waiting, 2, -1) > 0 || errno == EINTR else { break }
                if waiting[1].revents != 0 { break }
                guard waiting[0].revents != 0 else { continue }
                var count: UInt64 = 0
                // ECANCELED: the clock was set. Both are a reason to look.
                _ = read(timer, &count, 8)
                continuation.yield()
            }
            close(timer)
            close(end)
            continuation.finish()
        }
    }
}
