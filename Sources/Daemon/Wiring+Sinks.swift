internal import LocalAPI
internal import Logging
internal import Pipeline
internal import Platform
internal import Spool

extension Wiring: SinkControl {
    func sinkNames() -> [String] { Array(sinks.keys) }

    /// Stops the sink, steps over its next event, and starts it again.
    func skip(sink name: String, by user: String) async -> SkipOutcome {
        guard let running = sinks[name], let settings else { return .unknown }
        if case .file = running.settings.kind { return .refusesNothing }
        guard let feed = spool.feed(for: name) else { return .unknown }
        // A change of the settings may wait for the end of this request, and so it must not wait for that.
        guard beginChangeNow() else { return .busy }
        defer { endChange() }
        do {
            try await running.part.stop()
        } catch {
            // The daemon is being stopped, or the next change of the settings starts the sink again.
            sinks[name] = nil
            return .failed("\(error)")
        }
        let skip = SinkSkip(
            sink: name, feed: feed, filter: running.settings.filter, quarantine: components.quarantine, user: user)
        let outcome = await withTaskExecutorPreference(ThreadExecutor(name: "skip \(name)")) {
            await Self.perform(skip)
        }
        startSink(running.settings, settings.spool)
        if case .skipped(_, let number, _) = outcome {
            let place = number.map { "record \($0) of the quarantine" } ?? "not kept in the quarantine"
            logger.notice("An event of sink '\(name)' was skipped by \(user): \(place).")
        }
        return outcome
    }

    /// Off the actor, as it blocks.
    private static func perform(_ skip: SinkSkip) async -> SkipOutcome {
        do {
            return try skip.run()
        } catch {
            return .failed("\(error)")
        }
    }
}
