import java.io.File;
import org.gephi.graph.api.*;
import org.gephi.io.importer.api.*;
import org.gephi.io.processor.plugin.DefaultProcessor;
import org.gephi.project.api.*;
import org.openide.util.Lookup;

/** Prints what the Gephi toolkit reads of a file, GEXF or GraphML: its complaints, then every edge with the columns that are named. */
public class GephiJudge {
  public static void main(String[] arguments) throws Exception {
    ProjectController projects = Lookup.getDefault().lookup(ProjectController.class);
    projects.newProject();
    Workspace workspace = projects.getCurrentWorkspace();
    ImportController imports = Lookup.getDefault().lookup(ImportController.class);
    Container container = imports.importFile(new File(arguments[0]));
    container.getReport().getText().lines().filter(line -> !line.isBlank()).forEach(line -> System.out.println("report\t" + line));
    imports.process(container, new DefaultProcessor(), workspace);
    GraphModel model = Lookup.getDefault().lookup(GraphController.class).getGraphModel();
    for (Node node : model.getGraph().getNodes()) {
      System.out.println("node\t" + node.getId() + "\t" + node.getLabel());
    }
    for (Edge edge : model.getGraph().getEdges()) {
      StringBuilder line = new StringBuilder("edge\t" + edge.getSource().getId() + "\t" + edge.getTarget().getId() + "\t" + edge.getWeight());
      line.append("\t").append(edge.getAttribute("timeset"));
      for (int i = 1; i < arguments.length; i++) {
        line.append("\t").append(model.getEdgeTable().hasColumn(arguments[i]) ? edge.getAttribute(arguments[i]) : null);
      }
      System.out.println(line);
    }
  }
}
