import Glibc
import Model

extension Timestamp {
    package static var now: Timestamp { Timestamp(seconds: Int64(time(nil))) }
}
