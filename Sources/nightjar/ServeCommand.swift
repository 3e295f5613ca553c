import Appliance
import ArgumentParser
import Catalog
import FoundationEssentials
import Log
import Logging
import Model
import Settings

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "The daemon: make the scheduled backups, until it is told to stop.",
        discussion: """
            It serves the status page and the HTTP API, too: http.listen in the configuration.
            Meant to be started by systemd (systemctl enable --now nightjar). SIGHUP reads
            the configuration again; one with mistakes is reported and not used. SIGTERM
            stops what runs; a backup that was stopped is made up for at the next start.
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let appliance = Appliance(try options.loadConfiguration())
        let lock = try DaemonLock(stateDirectory: appliance.configuration.stateDirectory)
        let destination =
            appliance.configuration.logFormat == .json
            ? LogDestination.json : LogDestination.standard(environment: environment)
        let log = Logger(label: "nightjar") { _ in DestinationLogHandler(destination) }
        let catalog = try await appliance.openCatalog { log.error("\($0)") }
        let daemon = Daemon(
            configurationPath: options.configurationPath, environment: environment, appliance: appliance,
            catalog: catalog, clock: try SystemClock(), manager: ServiceManager(environment: environment), log: log)
        let page = PageService(
            console: Console(daemon: daemon, catalog: catalog), environment: environment, log: log)
        SignalWatcher.onHangup { daemon.reload() }
        let result: Result<Void, any Error>
        do {
            try await daemon.run(open: { await page.start() }, reloaded: { await page.follow() })
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await page.stop()
        await catalog.close()
        try result.get()
        withExtendedLifetime(lock) {}
    }
}
