<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>Problems</name>
    <message numerus="yes">
        <source>%1 (and %n more problem(s))</source>
        <translation>
            <numerusform>%1 (and %n more problem)</numerusform>
            <numerusform>%1 (and %n more problems)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ScenarioCanvas</name>
    <message numerus="yes">
        <source>%1, %n round(s)</source>
        <translation>
            <numerusform>%1, %n round</numerusform>
            <numerusform>%1, %n rounds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n step</numerusform>
            <numerusform>%n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s)</source>
        <translation>
            <numerusform>%n epoch</numerusform>
            <numerusform>%n epochs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message numerus="yes">
        <source>This computer: %n core(s), %1 memory, %2, core ready</source>
        <translation>
            <numerusform>This computer: %n core, %1 memory, %2, core ready</numerusform>
            <numerusform>This computer: %n cores, %1 memory, %2, core ready</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::CommPlot</name>
    <message numerus="yes">
        <source>Communication, %n round(s):</source>
        <translation>
            <numerusform>Communication, %n round:</numerusform>
            <numerusform>Communication, %n rounds:</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ForecastBar</name>
    <message numerus="yes">
        <source>%n problem(s)</source>
        <translation>
            <numerusform>%n problem</numerusform>
            <numerusform>%n problems</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ImportPanel</name>
    <message numerus="yes">
        <source>Add %n dataset file(s)</source>
        <translation>
            <numerusform>Add %n dataset file</numerusform>
            <numerusform>Add %n dataset files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) skipped</source>
        <translation>
            <numerusform>%n line skipped</numerusform>
            <numerusform>%n lines skipped</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::Inspector</name>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n client</numerusform>
            <numerusform>%n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>More settings (%n changed)</source>
        <translation>
            <numerusform>More settings (%n changed)</numerusform>
            <numerusform>More settings (%n changed)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LossPlot</name>
    <message numerus="yes">
        <source>median of %n client(s)</source>
        <translation>
            <numerusform>median of %n client</numerusform>
            <numerusform>median of %n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Loss per client, %n client(s), rounds 0 to %1.</source>
        <translation>
            <numerusform>Loss per client, %n client, rounds 0 to %1.</numerusform>
            <numerusform>Loss per client, %n clients, rounds 0 to %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::MainWindow</name>
    <message numerus="yes">
        <source>Recovered the unsaved scenario “%1” (%n edit(s)).</source>
        <translation>
            <numerusform>Recovered the unsaved scenario “%1” (%n edit).</numerusform>
            <numerusform>Recovered the unsaved scenario “%1” (%n edits).</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Drop to use %n file(s) as the dataset</source>
        <translation>
            <numerusform>Drop to use %n file as the dataset</numerusform>
            <numerusform>Drop to use %n files as the dataset</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Use %n file(s) as the dataset</source>
        <translation>
            <numerusform>Use %n file as the dataset</numerusform>
            <numerusform>Use %n files as the dataset</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::OutlineModel</name>
    <message numerus="yes">
        <source>%n round(s)</source>
        <translation>
            <numerusform>%n round</numerusform>
            <numerusform>%n rounds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n client</numerusform>
            <numerusform>%n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n step</numerusform>
            <numerusform>%n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s)</source>
        <translation>
            <numerusform>%n problem</numerusform>
            <numerusform>%n problems</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PartitionModel</name>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n client</numerusform>
            <numerusform>%n clients</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ScenarioEditor</name>
    <message numerus="yes">
        <source>Duplicate %n client(s)</source>
        <translation>
            <numerusform>Duplicate %n client</numerusform>
            <numerusform>Duplicate %n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n client(s)</source>
        <translation>
            <numerusform>Delete %n client</numerusform>
            <numerusform>Delete %n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Group %n client(s)</source>
        <translation>
            <numerusform>Group %n client</numerusform>
            <numerusform>Group %n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Ungroup %n client(s)</source>
        <translation>
            <numerusform>Ungroup %n client</numerusform>
            <numerusform>Ungroup %n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Move %n node(s)</source>
        <translation>
            <numerusform>Move %n node</numerusform>
            <numerusform>Move %n nodes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TilePanel</name>
    <message numerus="yes">
        <source>held out, 95 % intervals; %n more row(s) in the table</source>
        <translation>
            <numerusform>held out, 95 % intervals; %n more row in the table</numerusform>
            <numerusform>held out, 95 % intervals; %n more rows in the table</numerusform>
        </translation>
    </message>
</context>
</TS>
