internal import EventModel

private let repeatedPrefix = Array("message repeated ".utf8)
private let repeatedMiddle = Array(" times: [".utf8)

extension RuleSet {
    /// Most texts that are taken off one end.
    private static let maximumStripCount = 8
    /// Number of candidates from which a filter is worth a walk over the text.
    private static let leastFilteredCount = 2
    /// Bytes of a text up to which its filter tells enough; that of a longer one has most bits.
    private static let mostFilteredByteCount = 512

    /// Finds the first rule that matches a record.
    ///
    /// - Parameters:
    ///   - subject: the record, as ranges of `bytes`.
    ///   - scratch: made for these rules; its outcome is what the rule makes of the record.
    /// - Returns: `false` when no rule matches; the outcome then says nothing.
    package func decide(
        _ subject: borrowing Subject, of source: SourceType, in bytes: Span<UInt8>, using scratch: inout RuleScratch
    ) -> Bool {
        var meter = NoMeter()
        return decide(subject, source, bytes, &scratch, &meter)
    }

    /// The same, and counts the bytes that were looked at.
    package func decide(
        _ subject: borrowing Subject, of source: SourceType, in bytes: Span<UInt8>, using scratch: inout RuleScratch,
        counting steps: inout StepCounter
    ) -> Bool {
        decide(subject, source, bytes, &scratch, &steps)
    }

    private func decide<Meter: StepMeter>(
        _ subject: borrowing Subject, _ source: SourceType, _ bytes: Span<UInt8>, _ scratch: inout RuleScratch,
        _ meter: inout Meter
    ) -> Bool {
        var text = trimmed(subject.message, bytes, &meter)
        var count: Range<Int>?
        if source == .journal, let repeated = repeated(text, bytes, &meter) {
            text = repeated.text
            count = repeated.count
        }
        scratch.hasGrams = false
        let table = source.number
        let key: Range<Int>? = source == .journal ? subject.identifier : nil
        var best = entries.count
        let known: Int?
        if let key {
            known = tables[table].keys[bytes.extracting(key)]
        } else {
            scratch.type.removeAll(keepingCapacity: true)
            source.append(typeKey: bytes.extracting(subject.type), to: &scratch.type)
            known = tables[table].keys[scratch.type.span]
            scratch.type.removeAll(keepingCapacity: true)
            source.append(folded: bytes.extracting(subject.type), to: &scratch.type)
        }
        let id = subject.messageID.isEmpty ? nil : EventID(parsing: bytes.extracting(subject.messageID))
        let list = known ?? tables[table].lists.count - 1
        let texts = (text, text)
        if isPlain(text, tables[table].lists[list].strips, bytes, &meter) {
            let finder = scratch.finder(of: tables[table].lists[list], self)
            search(finder, checksKey: false, subject, source, texts, id, bytes, &scratch, &best, &meter)
        } else {
            for index in tables[table].lists[list].groups.indices {
                search(
                    tables[table].lists[list].groups[index], subject, source, text, id, bytes, &scratch, &best, &meter)
            }
        }
        if mayMatchGlob(key, isListed: known != nil, table, bytes) {
            for index in tables[table].globbed.indices {
                search(tables[table].globbed[index], subject, source, text, id, bytes, &scratch, &best, &meter)
            }
        }
        guard best < entries.count else { return false }
        let rule = Int(entries[best].rule)
        conclude(rule, subject, source, text, count, bytes, &scratch)
        let pattern = Int(entries[best].pattern)
        scratch.outcome.pattern = pattern < 0 ? nil : pattern - compiled[rule].firstPattern
        return true
    }

    /// Whether the groups that are found by no key may have something for a record.
    ///
    /// - Parameter key: of a record of the journal.
    private func mayMatchGlob(_ key: Range<Int>?, isListed: Bool, _ table: Int, _ bytes: Span<UInt8>) -> Bool {
        guard let key else { return true }
        return !isListed && matches(tables[table].globs, bytes.extracting(key))
    }

    /// Whether none of some strips takes anything off.
    private func isPlain<Meter: StepMeter>(
        _ text: Range<Int>, _ strips: [Int], _ bytes: Span<UInt8>, _ meter: inout Meter
    ) -> Bool {
        for index in strips.indices where stripped(text, strip: strips[index], bytes, &meter) != text { return false }
        return true
    }

    /// Looks for an entry of a group that matches and comes before `best`.
    private func search<Meter: StepMeter>(
        _ group: Int, _ subject: borrowing Subject, _ source: SourceType, _ whole: Range<Int>, _ id: EventID?,
        _ bytes: Span<UInt8>, _ scratch: inout RuleScratch, _ best: inout Int, _ meter: inout Meter
    ) {
        let texts = (whole, stripped(whole, strip: groups[group].strip, bytes, &meter))
        search(
            scratch.finder(of: group, self), checksKey: groups[group].checksKey, subject, source, texts, id, bytes,
            &scratch, &best, &meter)
    }

    /// Looks for an entry that a finder knows, which matches and comes before `best`.
    ///
    /// - Parameter texts: the record's, and what is left of it for these entries.
    private func search<Meter: StepMeter>(
        _ finder: Finder, checksKey: Bool, _ subject: borrowing Subject, _ source: SourceType,
        _ texts: (whole: Range<Int>, text: Range<Int>), _ id: EventID?, _ bytes: Span<UInt8>,
        _ scratch: inout RuleScratch, _ best: inout Int, _ meter: inout Meter
    ) {
        let (whole, text) = texts
        if let id, !finder.messageIDs.isEmpty, let known = finder.messageIDs[id] {
            for entry in known {
                guard entry < best else { break }
                if attempt(entry, checksKey, subject, source, text, bytes, &scratch, &meter) { best = entry }
            }
        }
        let candidates = finder.trie.candidates(bytes, in: text, meter: &meter)
        if candidates.count >= Self.leastFilteredCount { makeFilter(bytes, in: whole, &scratch, &meter) }
        for place in candidates {
            let entry = finder.trie.entry(at: place)
            guard entry < best else { break }
            if attempt(entry, checksKey, subject, source, text, bytes, &scratch, &meter) { best = entry }
        }
        guard finder.inner.firstMember < best, finder.mayBegin(text, bytes) else { return }
        if finder.inner.hasGrams, text.count <= Self.mostFilteredByteCount {
            makeFilter(bytes, in: whole, &scratch, &meter)
            finder.inner.find(in: scratch.grams, hits: &scratch.hits)
        } else {
            finder.inner.find(bytes, in: text, hits: &scratch.hits, meter: &meter)
        }
        for word in 0..<finder.inner.wordCount {
            while scratch.hits[word] != 0 {
                let bit = scratch.hits[word].trailingZeroBitCount
                scratch.hits[word] &= scratch.hits[word] - 1
                let entry = finder.inner.member(at: word * 64 + bit)
                guard entry < best else { return }
                if attempt(entry, checksKey, subject, source, text, bytes, &scratch, &meter) { best = entry }
            }
        }
    }

    /// Makes the filter of a record's text, once.
    private func makeFilter<Meter: StepMeter>(
        _ bytes: Span<UInt8>, in whole: Range<Int>, _ scratch: inout RuleScratch, _ meter: inout Meter
    ) {
        guard !scratch.hasGrams else { return }
        scratch.grams.fill(with: bytes, in: whole, meter: &meter)
        scratch.hasGrams = true
    }

    /// Whether an entry matches; its captures are then the best ones.
    private func attempt<Meter: StepMeter>(
        _ number: Int, _ checksKey: Bool, _ subject: borrowing Subject, _ source: SourceType, _ text: Range<Int>,
        _ bytes: Span<UInt8>, _ scratch: inout RuleScratch, _ meter: inout Meter
    ) -> Bool {
        let entry = entries[number]
        let rule = Int(entry.rule)
        if scratch.hasGrams, !mayMatch(entry, scratch.grams) { return false }
        if entry.isConditional || checksKey,
            !holds(rule, subject, source, checksKey: checksKey, bytes, scratch.type.span)
        {
            return false
        }
        for slot in 0..<compiled[rule].slotCount { scratch.captures[slot] = .none }
        if entry.pattern >= 0 {
            let isMatch = code.match(Int(entry.pattern), bytes, in: text, captures: &scratch.captures, meter: &meter)
            guard isMatch else { return false }
        }
        swap(&scratch.captures, &scratch.bestCaptures)
        return true
    }

    /// Whether a text with this filter has the literals of an entry.
    @inline(__always) private func mayMatch(_ entry: Entry, _ filter: borrowing GramFilter) -> Bool {
        for index in Int(entry.gramStart)..<Int(entry.gramStart + entry.gramCount)
        where !filter.has(Int(gramBits[index])) {
            return false
        }
        return true
    }

    /// Whether all holds that a rule asks for beside its pattern.
    private func holds(
        _ rule: Int, _ subject: borrowing Subject, _ source: SourceType, checksKey: Bool, _ bytes: Span<UInt8>,
        _ type: Span<UInt8>
    ) -> Bool {
        let isJournal = source == .journal
        if checksKey, !compiled[rule].keys.isEmpty {
            let isAny =
                isJournal
                ? matches(compiled[rule].keys, bytes.extracting(subject.identifier))
                : matches(compiled[rule].keys, type)
            guard isAny else { return false }
        }
        if !compiled[rule].others.isEmpty {
            let range = isJournal ? subject.type : subject.identifier
            guard matches(compiled[rule].others, bytes.extracting(range)) else { return false }
        }
        if !compiled[rule].units.isEmpty {
            guard matches(compiled[rule].units, bytes.extracting(subject.unit)) else { return false }
        }
        guard areMet(compiled[rule].conditions, subject, bytes) else { return false }
        guard !compiled[rule].owners.isEmpty else { return true }
        for owner in compiled[rule].owners.indices where areMet(compiled[rule].owners[owner], subject, bytes) {
            return true
        }
        return false
    }

    private func areMet(
        _ conditions: [CompiledRule.Condition], _ subject: borrowing Subject, _ bytes: Span<UInt8>
    ) -> Bool {
        for index in conditions.indices {
            let value = bytes.extracting(subject.field(conditions[index].field).range)
            guard matches(conditions[index].values, value) else { return false }
        }
        return true
    }

    private func matches(_ globs: [Glob], _ text: Span<UInt8>) -> Bool {
        for index in globs.indices where globs[index].matches(text) { return true }
        return false
    }
}

extension RuleSet {
    /// A text without the white space around it.
    private func trimmed<Meter: StepMeter>(
        _ range: Range<Int>, _ bytes: Span<UInt8>, _ meter: inout Meter
    ) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isWhiteSpace(bytes[start]) {
            meter.step()
            start += 1
        }
        while end > start, isWhiteSpace(bytes[end - 1]) {
            meter.step()
            end -= 1
        }
        return start..<end
    }

    /// What `message repeated N times: [ … ]` of a syslog daemon says: the message and its number.
    private func repeated<Meter: StepMeter>(
        _ range: Range<Int>, _ bytes: Span<UInt8>, _ meter: inout Meter
    ) -> (text: Range<Int>, count: Range<Int>)? {
        guard range.count > 0, bytes[range.lowerBound] == repeatedPrefix[0],
            bytes[range.upperBound - 1] == UInt8(ascii: "]"), begins(repeatedPrefix, range, bytes)
        else { return nil }
        let first = range.lowerBound + repeatedPrefix.count
        var place = first
        while place < range.upperBound, isDigit(bytes[place]) { place += 1 }
        guard place > first, place - first < 19, begins(repeatedMiddle, place..<range.upperBound, bytes) else {
            return nil
        }
        let inner = place + repeatedMiddle.count..<range.upperBound - 1
        return inner.isEmpty ? nil : (trimmed(inner, bytes, &meter), first..<place)
    }

    /// A text without what the rules of a group take off.
    private func stripped<Meter: StepMeter>(
        _ range: Range<Int>, strip: Int, _ bytes: Span<UInt8>, _ meter: inout Meter
    ) -> Range<Int> {
        var text = range
        for _ in 0..<Self.maximumStripCount {
            var count = 0
            for index in strips[strip].prefixes.indices where count == 0 {
                meter.step()
                if begins(strips[strip].prefixes[index], text, bytes) { count = strips[strip].prefixes[index].count }
            }
            guard count > 0 else { break }
            text = text.lowerBound + count..<text.upperBound
        }
        for _ in 0..<Self.maximumStripCount {
            var count = 0
            for index in strips[strip].suffixes.indices where count == 0 {
                meter.step()
                if ends(strips[strip].suffixes[index], text, bytes) { count = strips[strip].suffixes[index].count }
            }
            guard count > 0 else { break }
            text = text.lowerBound..<text.upperBound - count
        }
        return text == range ? range : trimmed(text, bytes, &meter)
    }

    private func begins(_ prefix: [UInt8], _ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard prefix.count <= range.count else { return false }
        for index in prefix.indices where bytes[range.lowerBound + index] != prefix[index] { return false }
        return true
    }

    private func ends(_ suffix: [UInt8], _ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard suffix.count <= range.count else { return false }
        let start = range.upperBound - suffix.count
        for index in suffix.indices where bytes[start + index] != suffix[index] { return false }
        return true
    }
}
