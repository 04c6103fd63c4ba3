<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>ClientCurves</name>
    <message numerus="yes">
        <source>median of %n client(s)</source>
        <translation>
            <numerusform>median of %n client</numerusform>
            <numerusform>median of %n clients</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DataContract</name>
    <message numerus="yes">
        <source>at most %n token(s) a record</source>
        <translation>
            <numerusform>at most %n token a record</numerusform>
            <numerusform>at most %n tokens a record</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LabPresence</name>
    <message numerus="yes">
        <source>%n machine(s) ask(s) to be let in</source>
        <translation>
            <numerusform>%n machine asks to be let in</numerusform>
            <numerusform>%n machines ask to be let in</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The room %1 is open here, with %n member(s).</source>
        <translation>
            <numerusform>The room %1 is open here, with %n member.</numerusform>
            <numerusform>The room %1 is open here, with %n members.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The rooms %1 are open here, with %n member(s).</source>
        <translation>
            <numerusform>The rooms %1 are open here, with %n member.</numerusform>
            <numerusform>The rooms %1 are open here, with %n members.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LabText</name>
    <message numerus="yes">
        <source>%n number(s)</source>
        <translation>
            <numerusform>%n number</numerusform>
            <numerusform>%n numbers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n label count(s)</source>
        <translation>
            <numerusform>%n label count</numerusform>
            <numerusform>%n label counts</numerusform>
        </translation>
    </message>
</context>
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
    <name>RoomText</name>
    <message numerus="yes">
        <source>Gathering: %n ready</source>
        <translation>
            <numerusform>Gathering: %n ready</numerusform>
            <numerusform>Gathering: %n ready</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n train(s)</source>
        <translation>
            <numerusform>%n trains</numerusform>
            <numerusform>%n train</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wait(s)</source>
        <translation>
            <numerusform>%n waits</numerusform>
            <numerusform>%n wait</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n member(s) here</source>
        <translation>
            <numerusform>%n member here</numerusform>
            <numerusform>%n members here</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n gone</source>
        <translation>
            <numerusform>%n gone</numerusform>
            <numerusform>%n gone</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n ask(s) to join</source>
        <translation>
            <numerusform>%n asks to join</numerusform>
            <numerusform>%n ask to join</numerusform>
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
    <name>fedllm::ui::AnswerCard</name>
    <message numerus="yes">
        <source>writing, %n token(s)</source>
        <translation>
            <numerusform>writing, %n token</numerusform>
            <numerusform>writing, %n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>stopped after %n token(s)</source>
        <translation>
            <numerusform>stopped after %n token</numerusform>
            <numerusform>stopped after %n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n token(s) behind a prompt of %1</source>
        <translation>
            <numerusform>%n token behind a prompt of %1</numerusform>
            <numerusform>%n tokens behind a prompt of %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClosingBox</name>
    <message numerus="yes">
        <source>%n machine(s) that ask(s) to be let in wait(s) until the window is open again.</source>
        <translation>
            <numerusform>%n machine that asks to be let in waits until the window is open again.</numerusform>
            <numerusform>%n machines that ask to be let in wait until the window is open again.</numerusform>
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
    <name>fedllm::ui::ConsentCard</name>
    <message numerus="yes">
        <source>%n round(s)</source>
        <translation>
            <numerusform>%n round</numerusform>
            <numerusform>%n rounds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n core(s) and about %1 of memory while a round goes on.</source>
        <translation>
            <numerusform>%n core and about %1 of memory while a round goes on.</numerusform>
            <numerusform>%n cores and about %1 of memory while a round goes on.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n local step(s) in all</source>
        <translation>
            <numerusform>%n local step in all</numerusform>
            <numerusform>%n local steps in all</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::DoctorDialog</name>
    <message numerus="yes">
        <source>%n problem(s) found</source>
        <translation>
            <numerusform>%n problem found</numerusform>
            <numerusform>%n problems found</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No problem, %n thing(s) to know</source>
        <translation>
            <numerusform>No problem, %n thing to know</numerusform>
            <numerusform>No problem, %n things to know</numerusform>
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
    <name>fedllm::ui::HostForm</name>
    <message numerus="yes">
        <source>%n hour(s)</source>
        <translation>
            <numerusform>%n hour</numerusform>
            <numerusform>%n hours</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n day</numerusform>
            <numerusform>%n days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, LoRA rank %2, %n round(s)</source>
        <translation>
            <numerusform>%1, LoRA rank %2, %n round</numerusform>
            <numerusform>%1, LoRA rank %2, %n rounds</numerusform>
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
    <name>fedllm::ui::InvitePanel</name>
    <message numerus="yes">
        <source>%n more machine(s)</source>
        <translation>
            <numerusform>%n more machine</numerusform>
            <numerusform>%n more machines</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LossPlot</name>
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
    <name>fedllm::ui::PromptPanel</name>
    <message numerus="yes">
        <source>; %n turn(s)</source>
        <translation>
            <numerusform>; %n turn</numerusform>
            <numerusform>; %n turns</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RoomMemberModel</name>
    <message numerus="yes">
        <source>%n core(s), %1</source>
        <translation>
            <numerusform>%n core, %1</numerusform>
            <numerusform>%n cores, %1</numerusform>
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
    <name>fedllm::ui::SweepDialog</name>
    <message numerus="yes">
        <source>%1 of %n combination(s)</source>
        <translation>
            <numerusform>%1 of %n combination</numerusform>
            <numerusform>%1 of %n combinations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n run(s)</source>
        <translation>
            <numerusform>, %n run</numerusform>
            <numerusform>, %n runs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Leave out %n combination(s) that cannot run</source>
        <translation>
            <numerusform>Leave out %n combination that cannot run</numerusform>
            <numerusform>Leave out %n combinations that cannot run</numerusform>
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
