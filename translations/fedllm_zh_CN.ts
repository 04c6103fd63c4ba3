<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>DuplicateDialog</name>
    <message>
        <source>LoRA rank</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>partition method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>partition alpha (smaller is more skewed)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>number of clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>local steps a round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>batch size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rounds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of clients a round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>codec</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>server optimizer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FedProx mu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>seed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Duration</name>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Welcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start here: the sample, recent scenarios and runs (Ctrl+1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Coordinator, clients, links and training settings (Ctrl+2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import a dataset and split it between the clients (Ctrl+3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves, traffic and exact match of a run (Ctrl+4)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Problems</name>
    <message>
        <source>expected a whole number from %1 to %2, got %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expected a number from %1 to %2, got %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expected a number more than %1, got %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expected a number %1 or more, got %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expected a number more than %1 and at most %2, got %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expected a number at least %1 and less than %2, got %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>choose at least one data file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>choose at least one module, such as %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>with one client there is nothing to average</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 expects a number of clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the Dirichlet split needs the field that holds the label</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the split by column needs the field whose values are the clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one file a client: with one file there is one client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the scenario has no name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>choose a base model: a folder or builtin:NAME</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a learning rate of %1 usually diverges; 0.0001 to 0.01 is common for LoRA</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no records are held out, so the run has no held-out loss and no exact match</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rounds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Codec</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Base model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA rank</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA dropout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Target modules</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longest record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alpha of the split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Column of the split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Label field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held-out share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cohort</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunRecord</name>
    <message>
        <source>Client %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run started: %1 clients, %2 rounds, %L3 training records</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round %1 started</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 got the adapter (%2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 sent %2, loss %3, norm %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1&apos;s update was rejected: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start adapter saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round %1 saved after %2 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resumed after round %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done after %1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped and saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Base model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Global adapter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adapter of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all topics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 on %2: loss %3, exact %4 %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunText</name>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ETA %1–%2 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ETA %1–%2 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ETA %1–%2 h</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 h ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 d ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rejected: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sat out</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Scenario</name>
    <message>
        <source>Client %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScenarioCanvas</name>
    <message>
        <source>Coordinator</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%1, %n round(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>%1 Mbit/s, %2 ms</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScenarioPage</name>
    <message>
        <source>Scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a client (Ins)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate the selected clients (Ctrl+D)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the selected clients into a group (Ctrl+G)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the selected clients (Del)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole federation (F)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show as file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the scenario as the JSON file that is saved, beside the picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline of the federation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same federation as a tree: coordinator, groups, clients and their links. F2 renames, Ins adds, Del deletes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The data decide how many clients there are with this split (Data page)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a client first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tiles</name>
    <message>
        <source>base</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>global r%1</source>
        <comment>global adapter at round</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 r%2</source>
        <comment>a client&apos;s own adapter at round</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
        <comment>all topics together</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2: %3 exact, 95 % interval %4 to %5, n %6</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Welcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Several clients improve one language model together. Their data stay where they are; only small adapters travel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>4 clients with much the same data, a tiny model, 5 rounds: about 40 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starts a shipped scenario at once and shows its curves. Enter does the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run it with skewed labels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each client knows only two of eight desks. See what that does to the curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same federation, but the labels are spread unevenly, so that the clients pull in different directions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Design a federation of your own (Ctrl+N)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a scenario…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a scenario file (Ctrl+O)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the sample&apos;s design</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the sample without running it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Recent scenarios and runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent scenarios and runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>This computer: %n core(s), %1 memory, %2, core ready</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>sample model ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sample model missing</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ActivityBar</name>
    <message>
        <source>Pages</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::AnswerCard</name>
    <message>
        <source>Likeliest first words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %2 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting for the core, %1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting for the core</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(no words)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>✔ right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>✖ wrong: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no adapter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>adapter %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, answered in %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, SHA-256 of the adapter: %2, answered in %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>✖ %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::BannerArea</name>
    <message>
        <source>Close this message</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::Canvas</name>
    <message>
        <source>Canvas of the federation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A picture; the outline beside it says the same as a tree.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The federation: one coordinator, its clients and the links between them. Drag nodes, or use the keyboard: Tab and arrow keys go from node to node, Ctrl+arrow keys move them, Ins adds a client, Del deletes, F2 renames, Ctrl+D duplicates, Ctrl+G groups.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New name</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::CanvasPanel</name>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>who</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>state</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>coordinator</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ChipRow</name>
    <message>
        <source>Prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More prompts</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClientBars</name>
    <message>
        <source>Records per client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tok</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2 records</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, %1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClientTable</name>
    <message>
        <source>Clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One row a client: the colour of its curve, its last and best loss, what it sent and what it does now. Select a client to highlight it everywhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training %1 %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClientTableModel</name>
    <message>
        <source>training %1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2 records, %3 up, %4 down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>state</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tick to show the curve; S shows it alone, H hides it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training loss of the last local step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lowest training loss so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Payload bytes sent so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the client is doing</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::CommPlot</name>
    <message>
        <source>Communication</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>per round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cumulative</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes per round or cumulative</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the bytes of each round, or all bytes up to each round.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in-process: no HTTP/2 or TLS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>up, payload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>up, wire</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>down, payload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>down, wire</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>modelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bytes so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bytes a round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wire</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>payload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No round saved yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>up, modelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>down, modelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>up, wire, previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>down, wire, previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Communication, %n round(s):</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>%1 up and %2 down as payload, %3 on the wire, %4 modelled. In-process: no HTTP/2 or TLS.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round %1: up %2 (wire %3), down %4 (wire %5)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::CoreLink</name>
    <message>
        <source>Starting the core…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No news from the core for %1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Core ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The core is not answering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The running core is version %1, this window %2: close other windows and start again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Core stopped</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::DatasetPage</name>
    <message>
        <source>Data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Source</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Split between clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text and label</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Split as a table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Jensen-Shannon divergence of the clients&apos; label shares from the whole (0: alike, 1: disjoint) and Gini coefficient of the clients&apos; sizes (0: equal).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show as table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The import stopped. What is wrong is written on the left.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add files on the left and the split between clients appears here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&lt;b&gt;Label skew&lt;/b&gt; (Jensen-Shannon) %1 &amp;nbsp; &lt;b&gt;Size skew&lt;/b&gt; (Gini) %2 &amp;nbsp; &lt;b&gt;Labels a client&lt;/b&gt; %3 &amp;nbsp; &lt;b&gt;Held out&lt;/b&gt; %4</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::DuplicateDialog</name>
    <message>
        <source>Duplicate and change one thing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next run starts with this one drawn faintly behind it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What to change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The one field of the scenario that will differ.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new value, as in the scenario file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>✖ %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another value than now.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::EventList</name>
    <message>
        <source>Filter events</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows only events that contain this text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::EventModel</name>
    <message>
        <source>time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>event</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::FieldForm</name>
    <message>
        <source>Change %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::FilePane</name>
    <message>
        <source>Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As a &amp;file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scenario as JSON</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scenario exactly as it is saved. Edit it and press Apply: one undoable step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command that repeats this run in a terminal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type this in a terminal to run the same scenario without a window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the scenario first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scenario was changed elsewhere. Apply overwrites that, Revert shows it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edited, not applied yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit the file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ForecastBar</name>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long the run should take on this computer, as a range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes of all updates, up and down together, exactly as the codec writes them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers that are trained, and the base model&apos;s, which stay as they are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Records that are trained on and records held out for scoring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Errors keep the scenario from running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run this scenario (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Errors keep this scenario from running; the list of problems names them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forecasting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No forecast yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time: known after the first run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 in all, %2 a round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%L1 bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adapter %L1 of %L2 parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%L1 + %L2 records</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::HeatMap</name>
    <message>
        <source>Records by label and client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each cell is the number of records of one label that one client holds. The last column is held out for testing. Move with the arrow keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held out, %1: %2 records</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2: %3 records, %4 % of the client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>test</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ImportPanel</name>
    <message>
        <source>Dataset files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>JSONL, JSON, CSV or plain text. Files are read in place, in one pass, and never copied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recognise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the files are read. Recognised from their names and first bytes unless chosen here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stop at the first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>skip and count</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What happens to lines that cannot be read or lack a field.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import progress</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Bad lines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the dataset format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose what happens to bad lines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add dataset files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Datasets (*.jsonl *.json *.csv *.tsv *.txt);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Add %n dataset file(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Remove a dataset file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No data yet. Add JSONL, JSON, CSV or text files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2, %3 records</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import cancelled. Nothing was kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 records, %2 fields</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, %1 labels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>. Content hash %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) skipped</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::Inspector</name>
    <message>
        <source>Settings of what is selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other settings of the federation; the count is of those that differ from their defaults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many clients take part. Each gets its own share of the data.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>R&amp;ounds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often the adapter travels to the clients and comes back improved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Learning rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The size of each local step. For LoRA 0.0001 to 0.01 is common.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Batch size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Records that one local step looks at.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA ran&amp;k</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The inner size of the adapter. Twice the rank is twice the bytes that travel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit of the local work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps: the same number for every client. Epochs: each client goes through its own records that often.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local &amp;work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What a client does in a round before it sends its update.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change local work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What runs of this scenario are called.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Base &amp;model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder with config.json, tokenizer.json and safetensors, or builtin:NAME for a shipped one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA &amp;alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The adapter is scaled by alpha divided by rank.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LoRA &amp;dropout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of adapter inputs dropped at random while training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same scenario and seed give the same adapter, to the last bit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Codec</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How an update is written for its journey: 32-bit numbers, or 16-bit ones at half the bytes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>f32: 4 bytes a number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>f16: 2 bytes a number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longest record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longer records are cut on the right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pulls the adapter&apos;s numbers towards zero at each step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient clipping</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The largest norm a gradient may have; 0 turns clipping off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of a round&apos;s local steps in which the learning rate rises.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FedProx mu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pulls each client back towards the shared adapter while it trains; 0 turns it off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Coordinator&apos;s optimizer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the coordinator does with the averaged change: take it as it is, or keep momentum (FedAvgM).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none: FedAvg</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>momentum: FedAvgM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Coordinator&apos;s rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much of the averaged change is applied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much of the last change is kept (FedAvgM only).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quorum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of the cohort whose updates close a round.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deadline of a round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Updates that come later are not used; 0: the round waits for all.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Records scored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held-out records scored for each topic at each evaluation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adapt %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not adapt %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Target modules</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The linear layers of the base model that get an adapter.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cohort</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many clients are chosen for each round; 0: all of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>everybody</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown on the canvas, in curves and tables.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clients of one group stand together in the outline; empty: none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Speed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compared with this computer, for the forecast: 0.5 takes twice as long.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>×</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local s&amp;teps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This client&apos;s own number of steps a round.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as everybody</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This client&apos;s own learning rate.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Links are used by the forecast and the modelled figures; they slow no run down.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Uplink</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the client to the coordinator.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mbit/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Downlink</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the coordinator to the client.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>L&amp;atency</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The time until the first byte arrives.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Federation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Link of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>More settings (%n changed)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>More settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The data decide how many clients there are with this split (Data page)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LegendStrip</name>
    <message>
        <source>Legend: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LiveCanvas</name>
    <message>
        <source>Federation now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The coordinator and its clients: who trains and how far, who has sent its update, who waits or sat out. Arrow keys choose a client, Ctrl+T shows the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>evaluating</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting for updates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>aggregating</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>coordinator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2, %3 of %4 steps</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LossPlot</name>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Band</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Band and median instead of lines (B)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Logarithmic axis (L)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smoothing: off, 0.6, 0.9 (M)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smooth %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss, EMA %1 debiased</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss, not smoothed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>global, held out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No local step yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>median of %n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>median</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>global, previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>previous</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss per client, no points yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>falling</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rising</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>level</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Loss per client, %n client(s), rounds 0 to %1.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Median %1 to %2, %3. Highest: %4 at %5. Global held-out loss %6.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round %1: held out %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, %1 %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::MainWindow</name>
    <message>
        <source>The home %1 lies on a network file system, so the record of runs is kept in %2 on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1[*] – FedLLM Studio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run did not start: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This core was built without its training module, so runs cannot start.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The core is not answering; it is being started again. Rounds that were saved are safe.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run was interrupted after round %1 of %2. Nothing that was saved is lost.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenarios (*.json *.fedscn);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 cannot be opened: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenarios (*.json *.fedscn)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scenario was not saved: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unsaved scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the changes to “%1”?</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Recovered the unsaved scenario “%1” (%n edit(s)).</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only scenarios (.json, .fedscn) and data files (.jsonl, .json, .csv, .txt) can be dropped here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop to open this scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Drop to use %n file(s) as the dataset</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Use %n file(s) as the dataset</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>A run is going on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run is going on. What should become of it when this window closes?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the background it goes on as it is; opening the window again shows all of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep training in the background</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause and quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It can be resumed later, after its last saved round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rounds that are done stay, and the run can be resumed later</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep running after log-out, too</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::OutlineModel</name>
    <message>
        <source>Coordinator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Link</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n round(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>%1 / %2 Mbit/s, %3 ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>speed %1×</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>rate %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up and down, latency: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Federation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PartitionModel</name>
    <message>
        <source>all records</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 has %2 % %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No split yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>, %1 labels, %2 records held out. Label skew %3, size skew %4. %5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>records</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tokens</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PartitionPanel</name>
    <message>
        <source>IID (shuffled, equal)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dirichlet over labels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by column (one value, one client)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by file (one file, one client)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>quantity skew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the training records are split between clients.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many clients share the records. By column and by file, the data decide.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dirichlet alpha, logarithmic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Small alpha: each client holds few labels. Large alpha: all clients look alike.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dirichlet alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field whose values become the clients.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give every client records of this many labels only (pathological skew).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same seed gives the same split, the same adapter, on every machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Roll</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another random seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;olumn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>La&amp;bels each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the number of clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the client column</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the labels of each client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The data decide how many clients there are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dirichlet needs a label field: choose one above.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PicturePanel</name>
    <message>
        <source>Table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show as table (Ctrl+T)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show %1 as table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, as table</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PlotView</name>
    <message>
        <source>Show as table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as PNG…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as SVG…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save data as CSV…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save data</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ProblemList</name>
    <message>
        <source>Problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problems of this scenario. Errors keep it from running, warnings do not. Enter goes to the setting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Error. %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warning. %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No problems</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PromptPanel</name>
    <message>
        <source>recognise from the fields</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>instruction and response</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>question and answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>plain text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>my own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the fields of a record become one text. The loss counts only the response.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text before the response, with {field} in place of a field&apos;s value. Masked from the loss.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Response template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text that the model learns to write, with {field} in place of a field&apos;s value.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field whose values are the labels (topics): what Dirichlet splits and the tiles go by.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Records held out for the global evaluation before anything is split between clients.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Response</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Label</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Held out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the label field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the held-out share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record to preview</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which record is shown as the model will see it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record as the model sees it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record &amp;as the model sees it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change the prompt template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose &quot;my own&quot; above to edit it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This scenario names its own held-out files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no such record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens; loss on the underlined part only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; cut at the maximum length</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; label %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Masked prompt: %1. Response: %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RecentTable</name>
    <message>
        <source>today, %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>yesterday, %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2 of %3 rounds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, loss %1 → %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not there any more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing yet: run the sample above.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RunHeader</name>
    <message>
        <source>Rounds done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Age of the newest figure on this page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pauses within one local step, or goes on after the last saved round.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and save…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ends the run. What was saved stays and can be resumed, unless the run is abandoned.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (run %2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round %1/%2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and save the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Against the previous run (drawn faintly): %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every saved round stays. A stopped run can be resumed later; an abandoned one cannot.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Abandon</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RunPlot</name>
    <message>
        <source>Left and right move the round cursor, up and down the client. S shows one client alone, H hides it, B switches band and lines, L the logarithmic axis, M the smoothing, Ctrl+T the table.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RunView</name>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The core has not answered for %1 s; the figures may be old.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No run yet: a scenario that is started shows its curves here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Communication</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ScenarioDocument</name>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ScenarioEditor</name>
    <message>
        <source>Add client %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Duplicate %n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Delete %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Delete %n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Group %n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Ungroup %n client(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Rename the scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Move %n node(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Move the coordinator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ShellMenus</name>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing opened yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the desktop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Run this scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop and save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keep running after log-out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off: logging out pauses the run after its present step. On: it goes on without you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;What is this?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About FedLLM Studio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About FedLLM Studio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&lt;h3&gt;FedLLM Studio %1&lt;/h3&gt;&lt;p&gt;Learn, design and run federated fine-tuning of language models.&lt;/p&gt;&lt;p&gt;Free software under the GNU General Public License, version 3 or later.&lt;/p&gt;</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No run is going on or paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rounds that are done stay, and the run can be resumed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No run is going on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scenario has problems; the Scenario page lists them</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ShortcutSheet</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type to search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows only the shortcuts whose text or keys contain these words.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next or previous node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the neighbour in that direction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrow keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the selected nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Arrow keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ins or A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the selected clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Del</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+D</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+G</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select or deselect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Space</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the settings of the node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom in, zoom out, fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>+, -, F</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous or next round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left, Right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up, Down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show as table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+T</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::StatusLine</name>
    <message>
        <source>Starting the run…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2 left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Core: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Core: CPU %1 %, %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::SummaryCard</name>
    <message>
        <source>Adapter folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the folder with adapter_config.json and adapter_model.safetensors.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks the base model, a client&apos;s own adapter and the global adapter the same question.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate and change one thing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starts the next run with one field changed and this run drawn faintly behind it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held-out loss %1 → %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exact %1 → %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 up, %2 down</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TableTwin</name>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TargetBoxes</name>
    <message>
        <source>Adapt the layers named %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TileGrid</name>
    <message>
        <source>Exact match, adapter by topic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of held-out records answered word for word, for the base model, the global adapter after each round and each client&apos;s own adapter. The line under a figure is its 95 % interval. Arrow keys move, Ctrl+T shows the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No exact match measured yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>global r%1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exact match appears when the base model has been evaluated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>n %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (%1)</source>
        <comment>the previous run&apos;s share</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; previous run %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TilePanel</name>
    <message>
        <source>Exact match</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>adapter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>topic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>low 95 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>high 95 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>n</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>held out, 95 % intervals; %n more row(s) in the table</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>held out, 95 % intervals; right edge: previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on held-out records, with 95 % intervals</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TimePlot</name>
    <message>
        <source>Time per round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>summed over the clients of a round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>compute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>transfer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wall time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No round saved yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wall time, previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time, summed over clients: compute %1, transfer %2, wait %3. Wall time %4.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round %1: compute %2 s, transfer %3 s, wait %4 s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TryItBox</name>
    <message>
        <source>Type a prompt, or click one below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The exact text that the three columns continue. Enter asks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round of the adapters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which round&apos;s adapters answer. Drag to see the same prompt answered round by round.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words in the slot of the prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What stands in the open place of the chosen prompt; taken from records that nobody trained on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client of the middle column</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whose own adapter answers in the middle column.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>✖ %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Base model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 alone, round %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Global, round %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Global</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clients&apos; own adapters come with the first round.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The global adapter comes with the first round.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>base model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
