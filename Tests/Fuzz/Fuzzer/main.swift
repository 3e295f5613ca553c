// `fuzz TARGET [what libFuzzer takes: folders, -runs=, -max_total_time=, …]`; `Tests/Fuzz/run` builds and calls it.
//
// https://llvm.org/docs/LibFuzzer.html
import FuzzTargets
import Glibc

/// Starts libFuzzer without its own `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

nonisolated(unsafe) private var chosen: FuzzTarget?

/// The name under which libFuzzer's own `main`, which is linked too, would look for it.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    do {
        try chosen?.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(chosen?.name ?? ""): \(error)")
    }
    return 0
}

private let names = FuzzTarget.all.map(\.name)
chosen = FuzzTarget.all.first { CommandLine.arguments.dropFirst().first == $0.name }
guard chosen != nil else {
    let usage = "usage: fuzz \(names.joined(separator: "|")) [libFuzzer's options and folders]\n"
    _ = write(STDERR_FILENO, usage, usage.utf8.count)
    exit(64)
}
// libFuzzer takes its options from behind the target's name.
var count = CommandLine.argc - 1
var arguments = CommandLine.unsafeArgv + 1
exit(runDriver(&count, &arguments) { testOneInput($0, $1) })
